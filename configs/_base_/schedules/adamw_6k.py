"""6,000 steps of AdamW: warm-up, then cosine decay. For drawn data."""
max_iters = 6_000
train_cfg = dict(
    type='StreamTrainLoop', max_iters=max_iters, val_interval=max_iters // 10)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0))
warm_up = max_iters // 40
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=warm_up, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        begin=warm_up,
        end=max_iters,
        T_max=max_iters - warm_up,
        eta_min=2e-5,
        by_epoch=False),
]
