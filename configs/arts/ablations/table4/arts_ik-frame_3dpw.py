"""ARTS, table 4: frame-wise inverse kinematics."""
_base_ = '../../arts_3dpw.py'

model = dict(pose_ik=dict(_delete_=True, type='FrameIK'))
