"""A small ARTS that a laptop trains; both stages in one run."""
_base_ = ['./arts_freemotion.py']

dim = 64
feat_dim = 128
model = dict(
    feature=dict(hidden_dim=256, feat_dim=feat_dim),
    lifter=dict(dim=dim, depth=1, num_heads=4, init_cfg=None),
    pose_ik=dict(
        feat_dim=feat_dim, hidden_dim=256, dim=128, num_heads=4),
    shape_fitter=dict(type='JointSpaceShapeFitter'),
    refiner=dict(
        feat_dim=feat_dim, dim=128, num_heads=4, fused_dim=256,
        hidden_dim=256),
    # Stage one has eq. 11's joint loss on the lifted skeleton; keeping it in
    # stage two lets both train in one run.
    losses=dict(lift=dict(type='MaskedL1Loss')))

max_iters = 20_000
train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=max_iters)
custom_hooks = [dict(type='StageHook', begin=max_iters // 4)]
train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='InfiniteSampler'),
    dataset=dict(length=1_000_000))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0))
param_scheduler = [
    dict(
        type='LinearLR', start_factor=0.05, begin=0, end=max_iters // 40,
        by_epoch=False),
    dict(
        type='CosineAnnealingLR', begin=max_iters // 40, end=max_iters,
        T_max=max_iters - max_iters // 40, eta_min=1e-5, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 4))
log_processor = dict(by_epoch=False)
