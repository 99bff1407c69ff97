"""Table 2: one token a pose, 32 of 768 channels a joint, through time."""
_base_ = ['../../int_phase2_mix.py']

model = dict(temporal=dict(type='WholePoseTemporal', num_joints=24))
