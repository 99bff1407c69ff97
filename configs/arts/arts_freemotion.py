"""ARTS on FreeMotion: the whole network, after arts-lifter_freemotion.py."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/freemotion.py',
    '../_base_/schedules/adam_30e.py', '../_base_/default_runtime.py'
]

feat_dim = 512
model = dict(
    body_model={{_base_.body_model}},
    normalizer=dict(type='BoxNormalizer'),
    feature=dict(
        _delete_=True,
        type='KeypointFeature',
        hidden_dim=512,
        feat_dim=feat_dim),
    lifter=dict(
        context_dim=3,
        use_score=True,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/arts-lifter_freemotion/epoch_60.pth',
            prefix='lifter.')),
    pose_ik=dict(feat_dim=feat_dim),
    refiner=dict(feat_dim=feat_dim),
    output_frames='all')
