"""Stage one of the release: the lifter and nothing else, L1 in millimetres.

60 epochs of Adam, learning rate 5e-5, times 0.8 every ten epochs.
"""
_base_ = './arts-release.py'

model = dict(
    stage='lifter',
    motion_attention=None,
    pose_ik=None,
    shape_fitter=None,
    regressor=None,
    mesh_residual=None,
    losses=dict(
        _delete_=True, lift=dict(type='ZeroedL1Loss',
                                 loss_weight=1000.0)))  # metres to mm
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=5e-5))
train_cfg = dict(by_epoch=True, max_epochs=60)
param_scheduler = dict(
    type='MultiStepLR', milestones=[10, 20, 30, 40, 50], gamma=0.8)
