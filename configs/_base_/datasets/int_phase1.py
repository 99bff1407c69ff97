"""INT's first phase: pictures, and single frames of 3D video (appendix C).

The files are made by tools/convert_dataset.py; docs/data.md tells how. 3D
video gives every fifth frame.
"""
_base_ = './int_test.py'

augment = dict(margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5)
picture = dict(
    type='PictureClips',
    num_frames=1,
    interval=1,
    confidences=True,
    training=True,
    augment=augment)
batch_size = 120
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler', epoch_by=0),
    dataset=dict(
        type='GroupedDataset',
        sizes=dict(images=batch_size),
        groups=dict(images=[
            dict(
                picture,
                ann_file='data/coco/train2014.mmarts',
                image_root='data/pictures/coco'),
            dict(
                picture,
                ann_file='data/lspet/train.mmarts',
                image_root='data/pictures/lspet'),
            dict(
                picture,
                ann_file='data/mpii/train.mmarts',
                image_root='data/pictures/mpii'),
            dict(
                picture,
                stride=5,
                ann_file='data/mpi-inf-3dhp/train.mmarts',
                image_root='data/pictures/mpi-inf-3dhp'),
            dict(
                picture,
                stride=5,
                ann_file='data/h36m/train.mmarts',
                image_root='data/pictures/h36m'),
        ])))
