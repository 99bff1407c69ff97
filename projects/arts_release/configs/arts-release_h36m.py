"""The release of ARTS on Human3.6M: the whole network, after its lifter."""
_base_ = [
    './_base_/arts-release.py', './_base_/evaluation_h36m.py',
    '../../../configs/_base_/default_runtime.py'
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
            checkpoint='work_dirs/arts-release-lifter_h36m/epoch_60.pth',
            prefix='lifter.')),
    motion_attention=dict(joint_set=joint_set),
    pose_ik=dict(joint_set=joint_set),
    shape_fitter=dict(joint_set=joint_set),
    mesh_residual=dict(joint_set=joint_set))
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4))
train_cfg = dict(by_epoch=True, max_epochs=30)
param_scheduler = dict(type='MultiStepLR', milestones=[10, 20], gamma=0.9)
custom_hooks = [dict(type='LossStartHook', loss='edge', begin=10)]
randomness = dict(seed=123)
