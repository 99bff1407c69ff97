"""DSD, Table 2, "Direct"."""
_base_ = '../../dsd_h36m.py'

model = dict(network=dict(head=dict(type='DirectHead')))
