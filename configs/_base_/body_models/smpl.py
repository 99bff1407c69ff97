"""SMPL, neutral; docs/body_models.md says where its files go."""
body_model = dict(
    type='SMPL',
    gender='neutral',
    regressors=dict(
        coco19='J_regressor_coco19.npy', h36m17='J_regressor_h36m.npy'))
# What the targets of 3DPW's test set are of.
gendered_bodies = [
    dict(body_model, gender='male'),
    dict(body_model, gender='female'),
]
