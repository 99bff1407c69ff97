"""Table 2, whole poses through time, on tokens of the first phase.

A joint has 8 channels: of 96 it would get 4, less than a rotation has.
"""
_base_ = ['./int-tiny_separate-joint_kept-tokens.py']

model = dict(
    temporal=dict(type='WholePoseTemporal', num_joints=24, pose_dim=192))
