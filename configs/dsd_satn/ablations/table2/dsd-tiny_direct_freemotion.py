"""DSD, Table 2, "Direct", small."""
_base_ = '../../dsd-tiny_freemotion.py'

model = dict(network=dict(head=dict(type='DirectHead')))
