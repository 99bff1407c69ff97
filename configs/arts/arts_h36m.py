"""ARTS on Human3.6M: the whole network, after arts-lifter_h36m.py."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/human36m.py',
    '../_base_/schedules/adam_30e.py', '../_base_/default_runtime.py'
]

joint_set = 'h36m17'
model = dict(
    body_model={{_base_.body_model}},
    joint_set=joint_set,
    fps=25.0,
    lifter=dict(
        joint_set=joint_set,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/arts-lifter_h36m/epoch_60.pth',
            prefix='lifter.')),
    skeleton_parts=dict(joint_set=joint_set),
    pose_ik=dict(joint_set=joint_set),
    shape_fitter=dict(joint_set=joint_set),
    refiner=dict(num_joints=17))
