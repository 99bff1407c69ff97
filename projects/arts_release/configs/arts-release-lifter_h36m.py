"""The release of ARTS on Human3.6M: stage one, the lifter."""
_base_ = [
    './_base_/arts-release-lifter.py',
    '../../../configs/_base_/datasets/human36m.py',
    '../../../configs/_base_/default_runtime.py'
]

joint_set = 'h36m17'
model = dict(
    body_model={{_base_.body_model}},
    joint_set=joint_set,
    lifter=dict(joint_set=joint_set))
train_dataloader = dict(batch_size=64)
test_evaluator = dict(
    _delete_=True, type='JointError', joint_set=joint_set, eval_joints=None)
randomness = dict(seed=123)
