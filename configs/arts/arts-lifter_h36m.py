"""ARTS on Human3.6M: stage one, the lifter alone."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/human36m.py',
    '../_base_/schedules/adam_60e.py', '../_base_/default_runtime.py'
]

joint_set = 'h36m17'
model = dict(
    body_model={{_base_.body_model}},
    joint_set=joint_set,
    fps=25.0,
    stage='lifter',
    lifter=dict(joint_set=joint_set),
    skeleton_parts=dict(joint_set=joint_set),
    pose_ik=dict(joint_set=joint_set),
    shape_fitter=dict(joint_set=joint_set),
    refiner=dict(num_joints=17),
    losses=dict(lift=dict(type='MaskedL1Loss')))
train_dataloader = dict(batch_size=64)
# There is no body yet: the skeleton itself is measured.
test_evaluator = dict(_delete_=True, type='JointError', protocol='h36m-p2')
