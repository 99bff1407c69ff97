"""The pose network that dsd-tiny_freemotion.py begins from.

The paper's backbone was trained on MPII's 2D poses; this one, with its
heatmaps, on rendered pictures.
"""
_base_ = './dsd-tiny_freemotion.py'

# Nobody has trained the body yet.
val_dataloader = val_cfg = val_evaluator = None
test_dataloader = test_cfg = test_evaluator = None
model = dict(
    network=dict(
        backbone=dict(init_cfg=None), heatmap_head=dict(init_cfg=None)),
    losses=dict(
        pose=None,
        joint=None,
        keypoints2d=None,
        adversarial=None,
        # The cross-entropy of one of 24 x 24 cells.
        heatmap=dict(
            type='HeatmapLoss', scale=1, cross_entropy=576.0, dice=0.0)),
    discriminator=None,
    real_poses=None)
max_iters = 5_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=max_iters // 4))
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
