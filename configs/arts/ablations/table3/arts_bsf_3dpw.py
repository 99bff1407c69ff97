"""ARTS, table 3: BSF alone."""
_base_ = '../../arts_3dpw.py'

model = dict(
    pose_ik=dict(_delete_=True, type='FeaturePoseHead'),
    refiner=dict(_delete_=True, type='NoRefiner'))
