"""INT's third phase: 40 epochs of SGD, 1e-4, a tenth from 20 and 30 on.

The paper gives no momentum; 0.9 is the release's.
"""
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='SGD', lr=1e-4, momentum=0.9))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[20, 30], gamma=0.1, by_epoch=True)
]
train_cfg = dict(by_epoch=True, max_epochs=40)
