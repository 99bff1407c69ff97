"""The network of INT's release: the paper's, but for the camera.

It has no data yet: tools/convert_checkpoint.py int-release builds it.
"""
_base_ = ['../_base_/models/int.py', '../_base_/default_runtime.py']

body_model = dict(
    type='SMPL',
    gender='neutral',
    regressors=dict(
        extra9='J_regressor_extra.npy', h36m17='J_regressor_h36m.npy'))
model = dict(
    body_model=body_model,
    projection=dict(type='CropPerspective', focal_length=5000.0))
