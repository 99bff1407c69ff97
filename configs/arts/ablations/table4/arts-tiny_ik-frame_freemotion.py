"""arts-tiny, table 4: frame-wise inverse kinematics."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    pose_ik=dict(
        _delete_=True,
        type='FrameIK',
        feat_dim={{_base_.feat_dim}},
        hidden_dim=256))
