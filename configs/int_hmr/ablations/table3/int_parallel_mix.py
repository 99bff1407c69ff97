"""Table 3: spatial and temporal attention side by side in the base model."""
_base_ = ['../../int_phase2_mix.py']

model = dict(tokens=dict(type='SpaceTimeTokenViT'), temporal=None)
