"""arts-tiny, table 3: MCR alone."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    pose_ik=dict(
        _delete_=True,
        type='FeaturePoseHead',
        feat_dim={{_base_.feat_dim}},
        hidden_dim=256),
    shape_fitter=dict(
        _delete_=True,
        type='FeatureShapeHead',
        feat_dim={{_base_.feat_dim}},
        hidden_dim=256))
