"""A small first phase on pictures that tools/make_images.py has written.

The CNN begins with 2D poses, where the paper has ImageNet's weights: that of
int-tiny_pose2d_pictures.py, trained on the same pictures.
"""
_base_ = ['./int-tiny_phase1_freemotion.py']

model = dict(
    data_preprocessor=dict(
        image_mean=(0.5, 0.5, 0.5), image_std=(0.5, 0.5, 0.5)),
    tokens=dict(
        position_std=0.5,
        cnn=dict(
            _delete_=True,
            type='ResNet',
            blocks=(2, 2, 2),
            base_channels=16,
            init_cfg=dict(
                type='Pretrained',
                checkpoint='work_dirs/int-tiny_pose2d_pictures/iter_5000.pth',
                prefix='network.backbone.'))))
still = dict(
    _delete_=True,
    type='PictureClips',
    ann_file='data/freemotion_images/train.mmarts',
    num_frames=1,
    interval=1,
    training=True,
    joint_set={{_base_.joint_set}},
    body_model={{_base_.body_model}},
    crop_size={{_base_.crop_size}},
    augment=dict(margin=(1.0, 1.4), flip=0.5))
batch_size = 16
train_dataloader = dict(
    batch_size=batch_size,
    dataset=dict(sizes=dict(images=batch_size), groups=dict(images=still)))
val_dataloader = val_cfg = val_evaluator = None
# Few steps: the large ones go on for longer than in the paper.
max_iters = 2_400
train_cfg = dict(max_iters=max_iters)
optim_wrapper = dict(optimizer=dict(betas=(0.9, 0.98)))
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 8 // 10, max_iters * 19 // 20],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
