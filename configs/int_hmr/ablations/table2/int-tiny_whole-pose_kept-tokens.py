"""Table 2, whole poses through time, on tokens of the first phase."""
_base_ = ['./int-tiny_separate-joint_kept-tokens.py']

model = dict(temporal=dict(type='WholePoseTemporal', num_joints=24))
