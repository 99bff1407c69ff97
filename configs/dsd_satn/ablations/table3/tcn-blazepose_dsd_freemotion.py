"""DSD-SATN, Table 3, on BlazePose: the TCN alone on DSD's features."""
_base_ = './satn-blazepose_no-order_freemotion.py'

model = dict(network=dict(encoder=None))
