"""DSD-SATN, Table 3, small: no order recovery."""
_base_ = '../../satn-tiny_freemotion.py'

model = dict(losses=dict(order=None), order_head=None)
