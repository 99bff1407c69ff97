"""The tiny PointHMR on pictures that tools/make_images.py has written.

They are read in a sixth of the time that rendering takes.
"""
_base_ = './pointhmr-tiny_freemotion-images.py'

train_dataloader = dict(
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
        augment={{_base_.train_dataloader.dataset.augment}},
        pixels={{_base_.train_dataloader.dataset.pixels}}))
