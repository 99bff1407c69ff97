"""Table 2, no temporal model, on tokens of the first phase: heads learn."""
_base_ = ['./int-tiny_separate-joint_kept-tokens.py']

model = dict(temporal=None)
