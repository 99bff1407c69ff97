"""The single-frame MLP that every method is measured against."""
_base_ = ['../arts/arts-tiny_freemotion.py']

model = dict(
    _delete_=True,
    type='SingleFrameMLP',
    body_model=dict(type='FreeBody'),
    joint_set='coco19',
    num_frames=16,
    normalizer=dict(type='BoxNormalizer'),
    feature=dict(type='KeypointFeature', hidden_dim=512, feat_dim=512),
    hidden_dim=512,
    frame_step=4,
    camera=dict(type='CameraSolver'),
    mesh_level='coarse',
    output_frames='all',
    losses=dict(
        mesh=dict(type='MaskedL1Loss', loss_weight=1.0),
        joint=dict(type='MaskedL1Loss', loss_weight=1.0),
        pose=dict(type='MaskedMSELoss', loss_weight=0.06),
        shape=dict(type='MaskedMSELoss', loss_weight=0.06)))
custom_hooks = []
# At arts-tiny's 2e-3 it stays near the mean pose.
optim_wrapper = dict(optimizer=dict(lr=3e-4))
