"""Table 2: no temporal model; frames of a clip do not meet."""
_base_ = ['../../int-tiny_phase2_freemotion.py']

model = dict(temporal=None)
