"""A small INT, second phase: clips of 8 frames and images, after phase 1."""
_base_ = ['./int-tiny_phase1_freemotion.py']

model = dict(
    temporal=dict(
        _delete_=True,
        type='TokenTemporal',
        dim={{_base_.dim}},
        depth=2,
        num_heads={{_base_.num_heads}},
        num_frames=8))
sizes = dict(clips=4, images=8)
train_dataloader = dict(
    batch_size=sum(sizes.values()),
    dataset=dict(
        sizes=dict(_delete_=True, **sizes),
        groups=dict(clips={{_base_.clip}})))
max_iters = 2_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 6 // 10, max_iters * 9 // 10],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
load_from = 'work_dirs/int-tiny_phase1_freemotion/iter_3000.pth'
