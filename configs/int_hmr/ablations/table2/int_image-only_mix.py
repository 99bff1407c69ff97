"""Table 2: no temporal model; frames of a clip do not meet."""
_base_ = ['../../int_phase2_mix.py']

model = dict(temporal=None)
