"""DSD, Table 2, "Direct", on BlazePose."""
_base_ = '../../dsd-blazepose_freemotion.py'

model = dict(network=dict(head=dict(type='DirectHead')))
