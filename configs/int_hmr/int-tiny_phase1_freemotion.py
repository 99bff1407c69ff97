"""A small INT, first phase, on rendered images of 96 pixels."""
_base_ = ['./int_phase1_freemotion.py']

dim, num_heads, crop_size = 96, 4, 96
model = dict(
    tokens=dict(
        cnn=dict(
            stem_dim=16, stage_dims=(32, 64, 128), depths=(1, 1, 2), groups=8),
        dim=dim,
        depth=3,
        num_heads=num_heads,
        image_size=crop_size),
    heads=dict(dim=dim))
# For the phases that follow.
clip = dict(num_frames=8, interval=2, crop_size=crop_size)
batch_size = 32
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(
        sizes=dict(images=batch_size),
        groups=dict(images=dict(crop_size=crop_size))))
test_dataloader = dict(batch_size=8, dataset=dict(crop_size=crop_size))
val_dataloader = dict(batch_size=8, dataset=dict(crop_size=crop_size))
max_iters = 3_000
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
