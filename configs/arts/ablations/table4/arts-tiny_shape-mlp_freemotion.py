"""arts-tiny, table 4: shape by a plain MLP on bone lengths."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(shape_fitter=dict(_delete_=True, type='MLPShapeFitter'))
