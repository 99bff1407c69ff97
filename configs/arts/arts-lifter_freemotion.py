"""ARTS on FreeMotion: stage one, the lifter alone."""
_base_ = './arts_freemotion.py'

model = dict(stage='lifter')
load_from = None
optim_wrapper = dict(optimizer=dict(lr=1e-3))
# There is no body yet: the skeleton itself is measured.
val_evaluator = test_evaluator = dict(
    _delete_=True, type='JointError', joint_set='coco19', eval_joints='coco19')
