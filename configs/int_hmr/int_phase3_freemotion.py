"""INT, third phase, on rendered clips, after phase 2: SGD, temporal loss."""
_base_ = ['./int_phase2_freemotion.py']

model = dict(
    losses=dict(
        norm=dict(loss_weight=0.01),
        velocity=dict(_delete_=True, type='MaskedMSELoss', loss_weight=600.)))
batch_size = 8
train_dataloader = dict(
    batch_size=batch_size,
    dataset=dict(
        sizes=dict(_delete_=True, clips=batch_size),
        groups=dict(_delete_=True, clips={{_base_.clip}})))
max_iters = 24_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 10)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='SGD', lr=1e-4, momentum=0.9))
# A tenth from 20 and 30 of 40 epochs on.
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters // 2, max_iters * 3 // 4],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
load_from = 'work_dirs/int_phase2_freemotion/iter_60000.pth'
