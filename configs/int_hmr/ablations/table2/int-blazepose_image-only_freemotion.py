"""Table 2, no temporal model, on tokens of the first phase: heads learn."""
_base_ = ['../../int-blazepose_phase2_freemotion.py']

model = dict(temporal=None)
