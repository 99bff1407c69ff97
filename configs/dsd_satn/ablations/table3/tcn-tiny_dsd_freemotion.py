"""DSD-SATN, Table 3, small: the TCN alone on DSD's features."""
_base_ = './satn-tiny_no-order_freemotion.py'

model = dict(network=dict(encoder=None))
