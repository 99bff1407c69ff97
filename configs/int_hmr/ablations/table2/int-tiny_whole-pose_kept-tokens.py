"""Table 2, whole poses through time, on tokens of the first phase.

A joint has 8 channels: of 96 it would get 4, less than a rotation has. What
comes back is added to its token: the base model stays as it is, and 600 steps
are few to learn to read poses again.
"""
_base_ = ['./int-tiny_separate-joint_kept-tokens.py']

model = dict(
    temporal=dict(
        type='WholePoseTemporal', num_joints=24, pose_dim=192, added=True))
