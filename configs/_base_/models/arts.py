"""ARTS (ACM MM 2024) with the paper's sizes: 3.2, 3.3 and 4.2.

Its body is the data's: `model.body_model = {{_base_.body_model}}`.
"""
joint_set = 'coco19'
num_joints = 19
num_frames = 16
feat_dim = 2048  # ResNet-50 of SPIN, pooled

model = dict(
    type='ARTS',
    joint_set=joint_set,
    num_frames=num_frames,
    normalizer=dict(type='FullImageNormalizer'),
    feature=dict(type='ImageFeature', feat_dim=feat_dim),
    lifter=dict(
        type='DualStreamLifter',
        joint_set=joint_set,
        num_frames=num_frames,
        dim=256,  # C1
        depth=3),  # L1
    skeleton_parts=dict(type='SkeletonParts', joint_set=joint_set),
    pose_ik=dict(
        type='TemporalIK',
        joint_set=joint_set,
        feat_dim=feat_dim,
        num_frames=num_frames),
    shape_fitter=dict(type='BoneShapeFitter', joint_set=joint_set),
    refiner=dict(
        type='MotionCentricRefiner',
        num_joints=num_joints,
        feat_dim=feat_dim,
        dim=512,  # C2
        depth=1,  # L2
        fused_dim=2048),
    camera=dict(type='CameraSolver'),
    # Eq. 11: lambda 1 / 1 / 0.06 / 0.06 (3.4)
    losses=dict(
        mesh=dict(type='MaskedL1Loss', loss_weight=1.0),
        joint=dict(type='MaskedL1Loss', loss_weight=1.0),
        pose=dict(type='MaskedMSELoss', loss_weight=0.06),
        shape=dict(type='MaskedMSELoss', loss_weight=0.06)))
