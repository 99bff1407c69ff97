"""DSD-SATN, Table 3, on BlazePose: no order recovery."""
_base_ = '../../satn-blazepose_freemotion.py'

model = dict(losses=dict(order=None), order_head=None)
