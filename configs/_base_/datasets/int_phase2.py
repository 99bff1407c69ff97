"""INT's second phase: 3D video, 2D video and pictures, 4 / 3 / 7 a GPU.

Clips of 16 frames at an interval of 8 (appendices A to C); 3DPW takes no
part. An epoch has seen the 3D video once.
"""
_base_ = './int_test.py'

augment = dict(margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5)
erase = dict(erase=0.3, erase_part=0.7)
# Only frames of 3D video change their colours.
jitter = dict(erase, jitter=(0.3, 0.3, 0.3, 0.3))
clip = dict(
    type='PictureClips',
    num_frames=16,
    interval=8,
    stride=64,
    confidences=True,
    training=True,
    augment=augment,
    pixels=erase)
clip_3d = dict(clip, pixels=jitter)
picture = dict(clip, num_frames=1, interval=1, stride=1)
sizes = dict(video3d=4, video2d=3, images=7)
train_dataloader = dict(
    batch_size=sum(sizes.values()),
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler', epoch_by=0),
    dataset=dict(
        type='GroupedDataset',
        sizes=sizes,
        groups=dict(
            video3d=[
                dict(
                    clip_3d,
                    ann_file='data/mpi-inf-3dhp/train.mmarts',
                    image_root='data/pictures/mpi-inf-3dhp'),
                dict(
                    clip_3d,
                    ann_file='data/h36m/train.mmarts',
                    image_root='data/pictures/h36m'),
            ],
            video2d=[
                dict(
                    clip,
                    ann_file='data/insta/train.mmarts',
                    image_root='data/pictures/insta'),
                dict(
                    clip,
                    ann_file='data/posetrack18/train.mmarts',
                    image_root='data/pictures/posetrack18'),
                dict(
                    clip,
                    ann_file='data/penn_action/train.mmarts',
                    image_root='data/pictures/penn_action'),
            ],
            images=[
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
            ])))
