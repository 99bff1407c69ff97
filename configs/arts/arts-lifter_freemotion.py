"""ARTS on FreeMotion: stage one, the lifter alone."""
_base_ = './arts_freemotion.py'

model = dict(stage='lifter')
load_from = None
optim_wrapper = dict(optimizer=dict(lr=1e-3))
# There is no body yet: the skeleton itself is measured.
skeleton = dict(joint_set='coco19', eval_joints='coco19', merge='blend')
val_evaluator = test_evaluator = [
    dict(type='JointError', **skeleton),
    dict(type='AccelError', **skeleton),
]
