"""SMPL, neutral, with SPIN's 49 joints; files: docs/body_models.md."""
body_model = dict(
    type='SMPL',
    gender='neutral',
    regressors=dict(
        extra9='J_regressor_extra.npy', h36m17='J_regressor_h36m.npy'))
