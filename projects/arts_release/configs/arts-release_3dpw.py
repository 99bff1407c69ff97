"""The release of ARTS on 3DPW: the whole network, after its lifter."""
_base_ = [
    './_base_/arts-release.py', './_base_/evaluation_3dpw.py',
    '../../../configs/_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    lifter=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/arts-release-lifter_3dpw/epoch_60.pth',
            prefix='lifter.')))
train_dataloader = dict(batch_size=16)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=3e-5))
train_cfg = dict(by_epoch=True, max_epochs=30)
param_scheduler = dict(
    type='MultiStepLR', milestones=[2, 4, 6, 8, 10, 12, 15, 23], gamma=0.9)
custom_hooks = [dict(type='LossStartHook', loss='edge', begin=2)]
randomness = dict(seed=123)
