"""SMPL, neutral, with SPIN's 49 joints; docs/body_models.md says where its files go."""
body_model = dict(
    type='SMPL',
    gender='neutral',
    regressors=dict(
        extra9='J_regressor_extra.npy', h36m17='J_regressor_h36m.npy'))
