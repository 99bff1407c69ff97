"""The tiny PointHMR in minutes: for comparisons on two cores.

Pictures that tools/make_images.py has written are read in a fraction of the
time that rendering takes; in training they are only mirrored. The backbone
knows joints already, as the supplement's does.
"""
_base_ = './pointhmr-tiny_freemotion-images.py'

model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint='data/pretrained/pointhmr-tiny_joints.pth')))
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        _delete_=True,
        type='PictureClips',
        ann_file='data/freemotion_images/train.mmarts',
        num_frames=1,
        interval=1,
        training=True,
        repeat=1000,
        joint_set='pw3d14',
        body_model={{_base_.body_model}},
        crop_size=96,
        augment=dict(margin=(1.2, 1.2), flip=0.5)))
