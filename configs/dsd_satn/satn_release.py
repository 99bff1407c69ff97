"""The temporal network of DSD-SATN's release (commit a23a7b6).

It has no data: tools/convert_checkpoint.py dsd-release builds it.
"""
_base_ = [
    '../_base_/models/satn.py', '../_base_/body_models/smpl_spin.py',
    '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    network=dict(
        encoder=dict(projection='separate', scale='head', zero_first=True),
        tcn=dict(plain_residual=True)),
    order_head=dict(_delete_=True, type='LinearOrderHead'),
    losses=dict(
        pose=None,
        joint=None,
        keypoints2d=None,
        adversarial=None,
        order=dict(_delete_=True, type='ReleasedOrderLoss')),
    discriminator=None,
    real_poses=None)
