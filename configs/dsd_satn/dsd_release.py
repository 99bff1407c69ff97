"""The frame network of DSD-SATN's release (commit a23a7b6).

It has no data: tools/convert_checkpoint.py dsd-release builds it.
"""
_base_ = [
    '../_base_/models/dsd.py', '../_base_/body_models/smpl_spin.py',
    '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    network=dict(
        integral=dict(convention='release'), head=dict(type='DSDHead')),
    losses=None,
    discriminator=None,
    real_poses=None)
