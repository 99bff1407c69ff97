"""Table 2: one token a pose, 8 channels a joint, through time.

Of 96 channels a joint would get 4, less than a rotation has.
"""
_base_ = ['../../int-tiny_phase2_freemotion.py']

model = dict(
    temporal=dict(type='WholePoseTemporal', num_joints=24, pose_dim=192))
