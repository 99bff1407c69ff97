"""DSD-SATN, Table 3: no order recovery."""
_base_ = '../../satn_h36m.py'

model = dict(losses=dict(order=None), order_head=None)
