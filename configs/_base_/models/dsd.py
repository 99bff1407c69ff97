"""DSD (ICCV 2019) with the paper's sizes and weights: 3.2, 3.4, 4.2.

Its body is the data's: `model.body_model = {{_base_.body_model}}`.
"""
joint_set = 'lsp14'

model = dict(
    type='DSD',
    joint_set=joint_set,
    num_frames=1,
    # The release's range. No statistics of ImageNet.
    data_preprocessor=dict(
        type='WindowPreprocessor', image_mean=(0.5, ), image_std=(0.5, )),
    network=dict(
        type='SkeletonDetailNet',
        backbone=dict(type='ResNet', depth=50),
        heatmap_head=dict(type='DeconvHeatmapHead'),
        integral=dict(type='IntegralRegression'),
        head=dict(type='DSDHead'),
        parameter_head=dict(type='SMPLParameterHead')),
    projection=dict(type='WeakPerspective'),
    loss_root=('L_Hip', 'R_Hip'),
    losses=dict(
        pose=dict(type='FrameSquaredLoss', loss_weight=20.0),
        joint=dict(type='FrameSquaredLoss', loss_weight=60.0),
        keypoints2d=dict(type='MaskedL1Loss', loss_weight=10.0),
        # L_2DJ: the paper gives no weight; that of the other 2D loss.
        skeleton=dict(type='MaskedL1Loss', loss_weight=10.0),
        adversarial=dict(type='AdversarialLoss', loss_weight=0.6)),
    discriminator=dict(type='PoseShapeDiscriminator'),
    real_poses=dict(type='RealPoses'))
