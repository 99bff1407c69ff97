"""The release of ARTS (commit deb8c12) with its sizes, rates and losses.

Its body is the data's: `model.body_model = {{_base_.body_model}}`.
"""
custom_imports = dict(
    imports=[
        'projects.arts_release.models', 'projects.arts_release.training',
        'projects.arts_release.evaluation'
    ],
    allow_failed_imports=False)

joint_set = 'coco19'
num_frames = 16
feat_dim = 2048  # ResNet-50 of SPIN, pooled

model = dict(
    type='ARTSRelease',
    joint_set=joint_set,
    num_frames=num_frames,
    normalizer=dict(type='FullImageNormalizer'),
    feature=dict(type='ImageFeature', feat_dim=feat_dim),
    lifter=dict(
        type='SharedNormLifter',
        joint_set=joint_set,
        num_frames=num_frames,
        feat_dim=feat_dim),
    motion_attention=dict(
        type='MotionAttention', joint_set=joint_set, feat_dim=feat_dim),
    pose_ik=dict(type='FlowIK', joint_set=joint_set, feat_dim=feat_dim),
    shape_fitter=dict(type='TemplateShapeFitter', joint_set=joint_set),
    regressor=dict(type='IterativeRegressor', feat_dim=feat_dim),
    mesh_residual=dict(
        type='MeshResidual', joint_set=joint_set, feat_dim=feat_dim),
    camera=dict(type='CameraSolver'),
    # Joints weigh 1e-3 in millimetres there.
    losses=dict(
        mesh=dict(type='ZeroedL1Loss', loss_weight=1.0),
        joint=dict(type='ZeroedL1Loss', loss_weight=1.0),
        pose=dict(type='MaskedMSELoss', loss_weight=0.06),
        shape=dict(type='MaskedMSELoss', loss_weight=0.06),
        edge=dict(type='ZeroedL1Loss', loss_weight=20.0)))
