"""DSD-SATN, Table 3, on BlazePose: SATN on pooled features.

They are those of ../table2/dsd-blazepose_direct_freemotion.py.
"""
_base_ = './satn-blazepose_no-order_freemotion.py'

model = dict(
    frame_network=dict(
        head=None,
        init_cfg=dict(checkpoint='work_dirs/'
                      'dsd-blazepose_direct_freemotion/iter_1500.pth')))
