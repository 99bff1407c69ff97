"""DSD-SATN, Table 3, on BlazePose: the TCN alone on pooled features."""
_base_ = './satn-blazepose_backbone_freemotion.py'

model = dict(network=dict(encoder=None))
