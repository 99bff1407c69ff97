"""INT's third phase: 3DPW and Human3.6M, 8 clips a GPU (appendix C).

3DPW is small: its stretches start every 8 frames, as in the release.
"""
_base_ = './int_test.py'

clip = dict(
    type='PictureClips',
    num_frames=16,
    interval=8,
    confidences=True,
    training=True,
    augment=dict(margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5),
    pixels=dict(jitter=(0.3, 0.3, 0.3, 0.3), erase=0.3, erase_part=0.7))
batch_size = 8
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler', epoch_by=0),
    dataset=dict(
        type='GroupedDataset',
        sizes=dict(video3d=batch_size),
        groups=dict(video3d=[
            dict(
                clip,
                stride=8,
                ann_file='data/3dpw/train.mmarts',
                image_root='data/pictures/3dpw'),
            dict(
                clip,
                stride=64,
                ann_file='data/h36m/train.mmarts',
                image_root='data/pictures/h36m'),
        ])))
