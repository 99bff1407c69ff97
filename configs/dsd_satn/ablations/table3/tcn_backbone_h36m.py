"""DSD-SATN, Table 3: the TCN alone on the features of the backbone."""
_base_ = './satn_backbone_h36m.py'

model = dict(
    losses=dict(order=None), order_head=None, network=dict(encoder=None))
