"""arts-tiny with a shape fitter from outside mmarts."""
_base_ = '../../../configs/arts/arts-tiny_freemotion.py'

custom_imports = dict(
    imports=['projects.example.bone_mlp'], allow_failed_imports=False)
model = dict(shape_fitter=dict(_delete_=True, type='BoneMLP', hidden_dim=64))
