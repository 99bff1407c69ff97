"""ARTS, table 4: shape in closed form, not trained."""
_base_ = '../../arts_3dpw.py'

model = dict(shape_fitter=dict(trained=False))
