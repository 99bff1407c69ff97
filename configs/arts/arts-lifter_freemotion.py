"""ARTS on FreeMotion: stage one, the lifter alone."""
_base_ = './arts_freemotion.py'

model = dict(
    stage='lifter',
    lifter=dict(init_cfg=None),
    losses=dict(lift=dict(type='MaskedL1Loss')))
# ARTS 4.2: 60 epochs, batch 64, learning rate 1e-5.
train_cfg = dict(max_epochs=60)
optim_wrapper = dict(optimizer=dict(lr=1e-5))
train_dataloader = dict(batch_size=64)
# There is no body yet: the skeleton itself is measured.
test_evaluator = dict(
    _delete_=True, type='JointError', joint_set='coco19', eval_joints='coco19')
