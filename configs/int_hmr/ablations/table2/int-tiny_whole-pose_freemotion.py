"""Table 2: one token a pose, 4 of 96 channels a joint, through time."""
_base_ = ['../../int-tiny_phase2_freemotion.py']

model = dict(temporal=dict(type='WholePoseTemporal', num_joints=24))
