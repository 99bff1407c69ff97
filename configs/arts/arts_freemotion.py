"""ARTS on FreeMotion: the whole network, after arts-lifter_freemotion.py."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/freemotion.py',
    '../_base_/schedules/adamw_6k.py', '../_base_/default_runtime.py'
]

feat_dim = 512
model = dict(
    body_model={{_base_.body_model}},
    normalizer=dict(type='BoxNormalizer'),
    feature=dict(
        _delete_=True,
        type='KeypointFeature',
        hidden_dim=768,
        feat_dim=feat_dim),
    # Every joint also sees the whole skeleton's feature, as in the release.
    lifter=dict(
        dim=64,
        depth=2,
        num_heads=2,
        context_dim=3,
        use_score=True,
        feat_dim=feat_dim,
        feat_per_joint=True),
    frame_step=4,
    pose_ik=dict(feat_dim=feat_dim, analytic_swing=True),
    shape_fitter=dict(type='JointSpaceShapeFitter'),
    refiner=dict(feat_dim=feat_dim, reach=2),
    # Eq. 11 leaves open how frames follow each other; without a picture the
    # refinement has nothing else to learn it from.
    losses=dict(
        lift=dict(type='MaskedL1Loss'),
        lift_velocity=dict(type='MaskedL1Loss', loss_weight=5.0),
        velocity=dict(type='MaskedL1Loss', loss_weight=5.0)),
    mesh_level='coarse',
    output_frames='all')
# Stage one trains the frame feature along with the lifter.
load_from = 'work_dirs/arts-lifter_freemotion/iter_6000.pth'
optim_wrapper = dict(optimizer=dict(lr=3e-4))
custom_hooks = [dict(type='DenseFramesHook', begin=4_800)]
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=600),
    # Validations are logged at their iteration; by epoch it would be 0.
    logger=dict(log_metric_by_epoch=False))
log_processor = dict(by_epoch=False)
