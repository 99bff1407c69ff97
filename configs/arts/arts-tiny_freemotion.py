"""A small ARTS that a laptop trains; both stages in one run."""
_base_ = ['./arts_freemotion.py']

feat_dim = 384
model = dict(
    feature=dict(hidden_dim=512, feat_dim=feat_dim),
    # Every joint also sees the whole skeleton's feature, as in the release:
    # so small a transformer learns depth faster with it.
    lifter=dict(
        dim=48,
        depth=1,
        num_heads=4,
        feat_dim=feat_dim,
        feat_per_joint=True,
        init_cfg=None),
    lifter_frame_step=4,
    freeze_lifter=True,
    mesh_level='coarse',
    pose_ik=dict(
        feat_dim=feat_dim,
        hidden_dim=256,
        dim=128,
        num_heads=4,
        analytic_swing=True),
    shape_fitter=dict(type='JointSpaceShapeFitter'),
    refiner=dict(
        feat_dim=feat_dim, dim=128, num_heads=4, fused_dim=256,
        hidden_dim=256),
    losses=dict(lift=dict(type='MaskedL1Loss')))

max_iters = 20_000
stage_two = max_iters * 7 // 10
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters)
custom_hooks = [dict(type='StageHook', begin=stage_two)]
train_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='InfiniteSampler'),
    dataset=dict(length=1_000_000))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0))
# Each stage warms up or starts at the full rate and ends at a fiftieth of it.
warm_up, eta_min = max_iters // 40, 4e-5
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.05,
        begin=0,
        end=warm_up,
        by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        begin=warm_up,
        end=stage_two,
        T_max=stage_two - warm_up,
        eta_min=eta_min,
        by_epoch=False),
    dict(
        type='MultiStepLR', milestones=[stage_two], gamma=50., by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        begin=stage_two,
        end=max_iters,
        T_max=max_iters - stage_two,
        eta_min=eta_min,
        by_epoch=False),
]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 4))
log_processor = dict(by_epoch=False)
