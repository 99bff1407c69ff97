"""The pose network that dsd-tiny_freemotion.py begins from: L_2DJ alone.

The paper's backbone was trained on MPII's 2D poses; this one, and its
heatmaps, on rendered pictures.

    python tools/make_images.py data/freemotion_images --num 16000
"""
_base_ = './dsd_freemotion.py'

train_dataloader = dict(
    batch_size=32,
    # Reading a picture costs a sixth of drawing one.
    dataset=dict(
        _delete_=True,
        type='PictureClips',
        ann_file='data/freemotion_images/train.mmarts',
        num_frames=1,
        interval=1,
        joint_set='lsp14',
        crop_size=96,
        training=True,
        repeat=100,
        **_base_.dsd_augment))
# Nobody has trained the body yet.
val_dataloader = val_cfg = val_evaluator = None
test_dataloader = test_cfg = test_evaluator = None

model = dict(
    network=dict(
        backbone=dict(blocks=(1, 1, 1, 1), base_channels=16),
        heatmap_head=dict(in_channels=512, channels=64),
        head=dict(in_dim=512, detail_dim=128, out_dim=256),
        parameter_head=dict(in_dim=256, start='upright')),
    losses=dict(pose=None, joint=None, keypoints2d=None, adversarial=None),
    discriminator=None,
    real_poses=None)
max_iters = 1_600
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=max_iters // 4))
# SGD at the paper's rate learns little in so few steps.
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
