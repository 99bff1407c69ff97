"""A small DSD that a laptop trains: few layers, crops of 96 pixels.

    python tools/make_images.py data/freemotion_images --num 16000
    python tools/train.py configs/dsd_satn/dsd-tiny_pose2d_freemotion.py
    python tools/train.py configs/dsd_satn/dsd-tiny_freemotion.py
"""
_base_ = './dsd_freemotion.py'

crop_size = 96
train_dataloader = dict(
    # Reading a picture costs a sixth of drawing one.
    dataset=dict(
        _delete_=True,
        type='PictureClips',
        ann_file='data/freemotion_images/train.mmarts',
        num_frames=1,
        interval=1,
        joint_set='lsp14',
        crop_size=crop_size,
        training=True,
        repeat=100,
        **_base_.dsd_augment))
val_dataloader = dict(dataset=dict(crop_size=crop_size))
test_dataloader = dict(dataset=dict(crop_size=crop_size))

pose2d = 'work_dirs/dsd-tiny_pose2d_freemotion/iter_5000.pth'
model = dict(
    network=dict(
        backbone=dict(
            blocks=(2, 2, 2),
            base_channels=16,
            init_cfg=dict(
                type='Pretrained',
                checkpoint=pose2d,
                prefix='network.backbone.')),
        heatmap_head=dict(
            in_channels=256,
            num_layers=2,
            channels=32,
            init_cfg=dict(
                type='Pretrained',
                checkpoint=pose2d,
                prefix='network.heatmap_head.')),
        head=dict(in_dim=256, detail_dim=128, out_dim=256),
        parameter_head=dict(in_dim=256, start='upright')),
    discriminator=dict(pose_dim=256))
max_iters = 800
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 4)
default_hooks = dict(checkpoint=dict(interval=max_iters // 4))
# SGD at the paper's rate learns little in so few steps.
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
