"""Table 2, whole poses through time, on tokens of the first phase.

A joint has 8 channels: of 128 it would get 5, less than a rotation has. What
comes back is added to its token: the base model stays as it is, and few steps
would be spent on learning to read poses again.
"""
_base_ = ['../../int-blazepose_phase2_freemotion.py']

model = dict(
    temporal=dict(
        type='WholePoseTemporal', num_joints=24, pose_dim=192, added=True))
