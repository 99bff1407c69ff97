"""SATN (ICCV 2019) with the paper's sizes and weights: 3.3, 3.4, 4.2.

It reads features that a trained DSD has extracted. Its body is the data's:
`model.body_model = {{_base_.body_model}}`.
"""
joint_set = 'lsp14'
num_frames = 9

model = dict(
    type='SATN',
    joint_set=joint_set,
    num_frames=num_frames,
    fps=10.0,
    data_preprocessor=dict(
        type='WindowPreprocessor', image_mean=(0.5, ), image_std=(0.5, )),
    network=dict(
        type='SelfAttentionTemporalNet',
        encoder=dict(type='FrameEncoder', dim=512, num_blocks=2, num_heads=8),
        tcn=dict(type='TemporalConvNet', in_dim=512)),
    head=dict(type='SMPLParameterHead', in_dim=1024),
    projection=dict(type='WeakPerspective'),
    loss_root=('L_Hip', 'R_Hip'),
    losses=dict(
        pose=dict(type='FrameSquaredLoss', loss_weight=20.0),
        joint=dict(type='FrameSquaredLoss', loss_weight=60.0),
        keypoints2d=dict(type='MaskedL1Loss', loss_weight=10.0),
        adversarial=dict(type='AdversarialLoss', loss_weight=0.6),
        # L_s: the paper gives no weight and no width of the labels.
        order=dict(type='OrderRecoveryLoss', sigma=1.0, loss_weight=1.0)),
    order_head=dict(type='OrderHead', num_frames=num_frames),
    discriminator=dict(type='PoseShapeDiscriminator'),
    real_poses=dict(type='RealPoses'))
