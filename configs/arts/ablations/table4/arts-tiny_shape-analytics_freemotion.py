"""arts-tiny, table 4: shape in closed form, not trained."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(shape_fitter=dict(trained=False))
