"""ARTS, table 3: MCR alone."""
_base_ = '../../arts_3dpw.py'

model = dict(
    pose_ik=dict(_delete_=True, type='FeaturePoseHead'),
    shape_fitter=dict(_delete_=True, type='FeatureShapeHead'))
