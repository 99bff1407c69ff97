"""DSD, Table 2, "Concat", on BlazePose."""
_base_ = '../../dsd-blazepose_freemotion.py'

model = dict(network=dict(head=dict(type='ConcatHead')))
