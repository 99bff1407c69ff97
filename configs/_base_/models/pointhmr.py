"""PointHMR (CVPR 2023) as its supplement has it: section 2, Table 1.

Its body is the data's: `model.body_model = {{_base_.body_model}}`.
"""
joint_set = 'pw3d14'

model = dict(
    type='PointHMR',
    joint_set=joint_set,
    backbone=dict(
        type='mmpose.HRNet',
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block='BOTTLENECK',
                num_blocks=(4, ),
                num_channels=(64, )),
            stage2=dict(
                num_modules=1,
                num_branches=2,
                block='BASIC',
                num_blocks=(4, 4),
                num_channels=(32, 64)),
            stage3=dict(
                num_modules=4,
                num_branches=3,
                block='BASIC',
                num_blocks=(4, 4, 4),
                num_channels=(32, 64, 128)),
            stage4=dict(
                num_modules=3,
                num_branches=4,
                block='BASIC',
                num_blocks=(4, 4, 4, 4),
                num_channels=(32, 64, 128, 256),
                multiscale_output=True)),
        # Pre-trained on three sets of 2D poses and one of boxes: the file
        # that ROMP (ICCV 2021) publishes.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='data/pretrained/pretrain_hrnet.pkl')),
    sampler=dict(
        type='PointSampler',
        heatmap=dict(type='ConvFirstDecoder', depth=2),
        feature=dict(type='ConvFirstDecoder', depth=2),
        grid=dict(type='ConvFirstDecoder', depth=1)),
    transformer=dict(type='MaskedMeshTransformer', hops=(7, 5, 3, 1)),
    projection=dict(type='WeakPerspective'),
    # The supplement names the losses, the release their weights.
    losses=dict(
        joint=dict(type='MaskedMSELoss', loss_weight=1000.0),
        keypoints2d=dict(type='MaskedMSELoss', loss_weight=100.0),
        vertices=dict(type='MaskedL1Loss', loss_weight=33.0),
        heatmap=dict(type='HeatmapLoss', loss_weight=10.0)))
