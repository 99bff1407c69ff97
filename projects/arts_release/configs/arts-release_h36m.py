"""The release of ARTS on Human3.6M: the whole network."""
_base_ = [
    './_base_/arts-release.py', '../../../configs/_base_/datasets/human36m.py',
    '../../../configs/_base_/default_runtime.py'
]

joint_set = 'h36m17'
model = dict(
    body_model={{_base_.body_model}},
    joint_set=joint_set,
    lifter=dict(joint_set=joint_set),
    motion_attention=dict(joint_set=joint_set),
    pose_ik=dict(joint_set=joint_set),
    shape_fitter=dict(joint_set=joint_set),
    mesh_residual=dict(joint_set=joint_set))
