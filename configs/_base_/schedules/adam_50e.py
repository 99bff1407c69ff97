"""PointHMR: 50 epochs (supplement, 3.3), 1e-4, a tenth after half of them.

The supplement gives no learning rate. The release's default is 1e-4; its
script for pre-training says 1e-5, for fine-tuning 1e-4.
"""
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[25], gamma=0.1, by_epoch=True)
]
train_cfg = dict(by_epoch=True, max_epochs=50)
