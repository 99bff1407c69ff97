"""arts-tiny, table 3: TIK and MCR, without BSF."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    shape_fitter=dict(
        _delete_=True,
        type='FeatureShapeHead',
        feat_dim={{_base_.feat_dim}},
        hidden_dim=256))
