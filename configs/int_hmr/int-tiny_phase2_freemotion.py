"""A small INT, second phase: clips of 8 frames and images, after phase 1."""
_base_ = ['./int_phase2_freemotion.py']

dim, num_heads, crop_size = 96, 4, 96
model = dict(
    tokens=dict(
        cnn=dict(
            stem_dim=16, stage_dims=(32, 64, 128), depths=(1, 1, 2), groups=8),
        dim=dim,
        depth=3,
        num_heads=num_heads,
        image_size=crop_size),
    temporal=dict(dim=dim, depth=2, num_heads=num_heads, num_frames=8),
    heads=dict(dim=dim))
sizes = dict(clips=4, images=8)
train_dataloader = dict(
    batch_size=sum(sizes.values()),
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        sizes=sizes,
        groups=dict(
            clips=dict(crop_size=crop_size, num_frames=8, interval=2),
            images=dict(crop_size=crop_size))))
test_dataloader = dict(batch_size=8, dataset=dict(crop_size=crop_size))
val_dataloader = dict(batch_size=8, dataset=dict(crop_size=crop_size))
max_iters = 2_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 6 // 10, max_iters * 9 // 10],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
load_from = 'work_dirs/int-tiny_phase1_freemotion/iter_3000.pth'
