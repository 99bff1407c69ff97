"""ARTS, table 3: TIK alone."""
_base_ = '../../arts_3dpw.py'

model = dict(
    shape_fitter=dict(_delete_=True, type='FeatureShapeHead'),
    refiner=dict(_delete_=True, type='NoRefiner'))
