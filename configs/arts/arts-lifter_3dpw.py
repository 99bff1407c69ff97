"""ARTS on 3DPW and all other datasets: stage one, the lifter alone."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/arts_3d_2d.py',
    '../_base_/schedules/adam_60e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    stage='lifter',
    losses=dict(lift=dict(type='MaskedL1Loss')))
train_dataloader = dict(batch_size=64)
# There is no body yet: the skeleton itself is measured.
test_evaluator = dict(
    _delete_=True, type='JointError', joint_set='coco19', eval_joints='coco19')
