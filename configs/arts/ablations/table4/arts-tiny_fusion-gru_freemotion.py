"""arts-tiny, table 4: features fused by a GRU."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    refiner=dict(
        _delete_=True,
        type='GRURefiner',
        feat_dim={{_base_.feat_dim}},
        dim=128,
        fused_dim=256,
        hidden_dim=256,
        reach=2))
