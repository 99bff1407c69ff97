"""A small ARTS that a laptop trains; both stages in one run."""
_base_ = ['./arts_freemotion.py']

feat_dim = 384
model = dict(
    feature=dict(hidden_dim=512, feat_dim=feat_dim),
    lifter=dict(dim=48, depth=1, num_heads=2, feat_dim=feat_dim),
    freeze_lifter=True,
    pose_ik=dict(feat_dim=feat_dim, hidden_dim=256, dim=128, num_heads=4),
    refiner=dict(
        feat_dim=feat_dim, dim=128, num_heads=4, fused_dim=256,
        hidden_dim=256))
load_from = None

max_iters, stage_two = 13_000, 7_800
# Before stage two has begun in earnest there is no body to validate.
train_cfg = dict(
    max_iters=max_iters,
    val_begin=stage_two + max_iters // 20,
    val_interval=max_iters // 10)
custom_hooks = [
    dict(type='StageHook', begin=stage_two),
    # Few frames of many windows first, then all frames. The refiner blends
    # neighbours, so it needs them for longer than the lifter does.
    dict(type='DenseFramesHook', begin=7_000, end=stage_two),
    dict(type='DenseFramesHook', begin=9_880)
]
optim_wrapper = dict(optimizer=dict(lr=2e-3))
# Each stage warms up or starts at the full rate and ends at a fiftieth of it.
warm_up, eta_min = 200, 4e-5
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
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
test_evaluator = [
    *_base_.test_evaluator,
    dict(type='ShapeError', body_model=_base_.body_model)
]
