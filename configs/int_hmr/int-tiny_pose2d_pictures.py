"""2D poses of pictures on disk, for the CNN of int-tiny_phase1_pictures.py.

DSD's heatmap network alone; nothing of its body learns.
"""
_base_ = ['../dsd_satn/dsd_freemotion.py']

crop_size = 96
train_dataloader = dict(
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
val_dataloader = val_cfg = val_evaluator = None
test_dataloader = test_cfg = test_evaluator = None
model = dict(
    network=dict(
        backbone=dict(blocks=(2, 2, 2), base_channels=16),
        heatmap_head=dict(in_channels=256, num_layers=2, channels=32),
        head=dict(in_dim=256, detail_dim=128, out_dim=256),
        parameter_head=dict(in_dim=256)),
    losses=dict(pose=None, joint=None, keypoints2d=None, adversarial=None),
    discriminator=None,
    real_poses=None)
max_iters = 5_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
default_hooks = dict(checkpoint=dict(interval=max_iters // 4))
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
