"""ARTS, table 3: MCR and BSF, without TIK."""
_base_ = '../../arts_3dpw.py'

model = dict(pose_ik=dict(_delete_=True, type='FeaturePoseHead'))
