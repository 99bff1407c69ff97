"""DSD-SATN, Table 3, on BlazePose: SATN on pooled features."""
_base_ = './satn-blazepose_no-order_freemotion.py'

feat_dim = 288
model = dict(
    frame_network=dict(
        _delete_=True, type='SkeletonDetailReader', num_joints=13, head=None),
    network=dict(encoder=dict(dim=feat_dim), tcn=dict(in_dim=feat_dim)))
