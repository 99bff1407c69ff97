"""DSD-SATN, Table 3, small: the TCN alone on the features of the backbone."""
_base_ = './satn-tiny_backbone_freemotion.py'

model = dict(network=dict(encoder=None))
