"""INT's first two phases: 100 epochs, 1e-4, a tenth from 60 and 90 on."""
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[60, 90], gamma=0.1, by_epoch=True)
]
train_cfg = dict(by_epoch=True, max_epochs=100)
