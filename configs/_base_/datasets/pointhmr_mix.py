"""Human3.6M, MuCo-3DHP, UP-3D, COCO and MPII at given shares of a batch.

The supplement (3.1) names the sets, not their shares; `sizes` are ours. The
files are made by tools/convert_dataset.py; docs/data.md tells how.
"""
_base_ = './pointhmr_test.py'

# METRO's augmentation, as the release has it.
picture = dict(
    type='PictureClips',
    num_frames=1,
    interval=1,
    training=True,
    joint_set='pw3d14',
    augment=dict(
        margin=(1.2, 1.2),
        scale=(0.25, 0.75, 1.25),
        rotation=dict(chance=0.4, std=30., limit=60.),
        flip=0.5),
    pixels=dict(gain=(0.6, 1.4)))
# For fine-tuning.
pw3d = dict(
    picture,
    ann_file='data/3dpw/train.mmarts',
    image_root='data/pictures/3dpw')
# 24 samples, as two of the release's GPUs have.
sizes = dict(h36m=10, muco=5, up3d=1, coco=5, mpii=3)
train_dataloader = dict(
    batch_size=sum(sizes.values()),
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler', epoch_by=0),
    dataset=dict(
        type='GroupedDataset',
        sizes=sizes,
        groups=dict(
            h36m=dict(
                picture,
                ann_file='data/h36m/train.mmarts',
                image_root='data/pictures/h36m'),
            muco=dict(
                picture,
                ann_file='data/muco/train.mmarts',
                image_root='data/pictures/muco'),
            up3d=dict(
                picture,
                ann_file='data/up3d/train.mmarts',
                image_root='data/pictures/up3d'),
            coco=dict(
                picture,
                ann_file='data/coco/train2014.mmarts',
                image_root='data/pictures/coco'),
            mpii=dict(
                picture,
                ann_file='data/mpii/train.mmarts',
                image_root='data/pictures/mpii'))))
