"""SMPL, neutral; docs/body_models.md says where its files go."""
body_model = dict(
    type='SMPL',
    gender='neutral',
    regressors=dict(
        coco19='J_regressor_coco19.npy', h36m17='J_regressor_h36m.npy'))
