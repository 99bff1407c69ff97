"""DSD-SATN, Table 3: the TCN alone on DSD's features."""
_base_ = './satn_no-order_h36m.py'

model = dict(network=dict(encoder=None))
