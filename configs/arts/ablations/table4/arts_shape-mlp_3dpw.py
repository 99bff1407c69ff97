"""ARTS, table 4: shape by a plain MLP on bone lengths."""
_base_ = '../../arts_3dpw.py'

model = dict(shape_fitter=dict(_delete_=True, type='MLPShapeFitter'))
