"""Table 3: spatial and temporal attention side by side in the base model."""
_base_ = ['../../int-tiny_phase2_freemotion.py']

model = dict(tokens=dict(type='SpaceTimeTokenViT'), temporal=None)
