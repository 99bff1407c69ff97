"""DSD on Human3.6M at 10 fps, and four datasets of 2D poses (4.1, 4.2).

A batch is half of either: the paper does not say. Backbone: a pose network
of MPII, `pose_resnet_50_256x256.pth.tar` of arXiv:1804.06208.
"""
_base_ = [
    '../_base_/models/dsd.py', '../_base_/datasets/dsd_test.py',
    '../_base_/schedules/sgd_adversarial_40e.py',
    '../_base_/default_runtime.py'
]

pictures = dict(
    type='PictureClips',
    num_frames=1,
    interval=1,
    stride=1,
    joint_set='lsp14',
    crop_size=256,
    training=True,
    augment=dict(
        margin=(1.0, 1.6), each_side=True, half_body=dict(chance=0.2)))
batch_size = 16
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler', epoch_by=0),
    dataset=dict(
        type='GroupedDataset',
        sizes=dict(labelled3d=batch_size // 2, labelled2d=batch_size // 2),
        groups=dict(
            labelled3d=dict(
                pictures,
                ann_file='data/h36m-lsp/train.mmarts',
                image_root='data/pictures/h36m'),
            labelled2d=[
                dict(
                    pictures,
                    ann_file=f'data/{name}/train.mmarts',
                    image_root=f'data/pictures/{name}')
                for name in ('mpii', 'lsp', 'lspet', 'aic', 'penn_action')
            ])))
test_dataloader = dict(
    batch_size=32,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='PictureClips',
        num_frames=1,
        interval=1,
        joint_set='lsp14',
        crop_size=256,
        augment=dict(margin=(1.4, 1.4)),
        ann_file='data/h36m-lsp/test.mmarts',
        image_root='data/pictures/h36m'))

model = dict(
    body_model={{_base_.body_model}},
    network=dict(
        backbone=dict(
            init_cfg=dict(
                type='Pretrained',
                checkpoint='data/pretrained/pose_resnet_50_256x256.pth.tar'))))
