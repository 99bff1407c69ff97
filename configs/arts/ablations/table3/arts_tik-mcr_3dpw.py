"""ARTS, table 3: TIK and MCR, without BSF."""
_base_ = '../../arts_3dpw.py'

model = dict(shape_fitter=dict(_delete_=True, type='FeatureShapeHead'))
