"""INT (ICLR 2023) with the paper's sizes and losses: 3.2 to 3.4.

Its body is the data's: `model.body_model = {{_base_.body_model}}`.
"""
joint_set = 'spin49'
num_frames = 16
# For `model.tokens.init_cfg` of a first phase.
imagenet = dict(
    type='TimmHybrid',
    checkpoint='data/weights/jx_vit_base_resnet50_224_in21k-6f7c7740.pth')

model = dict(
    type='INT',
    joint_set=joint_set,
    num_frames=num_frames,
    data_preprocessor=dict(type='MixedPreprocessor'),
    tokens=dict(
        type='TokenViT',
        cnn=dict(type='HybridResNet'),
        dim=768,
        depth=6,
        num_heads=12),
    temporal=dict(
        type='TokenTemporal',
        dim=768,
        depth=3,
        num_heads=12,
        num_frames=num_frames),
    heads=dict(type='TokenHeads', dim=768),
    projection=dict(type='WeakPerspective'),
    # The defaults of appendix C; the phases change norm and velocity.
    losses=dict(
        pose=dict(type='MaskedMSELoss', loss_weight=60.),
        shape=dict(type='MaskedMSELoss', loss_weight=0.06),
        norm=dict(type='FrameNormLoss', loss_weight=1.),
        joint=dict(type='MaskedMSELoss', loss_weight=600.),
        keypoints2d=dict(type='MaskedMSELoss', loss_weight=300.),
        velocity=dict(type='MaskedMSELoss', loss_weight=600.)))
