"""DSD, Table 2, "Concat"."""
_base_ = '../../dsd_h36m.py'

model = dict(network=dict(head=dict(type='ConcatHead')))
