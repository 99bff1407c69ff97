"""INT's second phase: 3D video, 2D video and pictures, 4 / 3 / 7 a GPU.

Clips of 16 frames at an interval of 8 (appendices A to C); 3DPW takes no
part. An epoch has seen the 3D video once.
"""
_base_ = './int_test.py'

changes = dict(mirror=0.5, crop=0.2, erase=0.3, max_erased=0.7)
clip = dict(
    type='PictureClips',
    num_frames=16,
    interval=8,
    stride=64,
    confidences=True,
    augmentation=changes)
clip_3d = dict(clip, augmentation=dict(changes, colour=0.3))
picture = dict(clip, num_frames=1, interval=1, stride=1)
sizes = [4, 3, 7]
train_dataloader = dict(
    batch_size=sum(sizes),
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler', epoch_by=0),
    dataset=dict(
        type='GroupedDataset',
        sizes=sizes,
        groups=[
            [
                dict(
                    clip_3d,
                    ann_file='data/mpi-inf-3dhp/train.mmarts',
                    image_root='data/mpi-inf-3dhp/images'),
                dict(
                    clip_3d,
                    ann_file='data/h36m/train.mmarts',
                    image_root='data/h36m/images'),
            ],
            [
                dict(
                    clip,
                    ann_file='data/instavariety/train.mmarts',
                    image_root='data/instavariety/images'),
                dict(
                    clip,
                    ann_file='data/posetrack/train.mmarts',
                    image_root='data/posetrack/images'),
                dict(
                    clip,
                    ann_file='data/pennaction/train.mmarts',
                    image_root='data/pennaction/frames'),
            ],
            [
                dict(
                    picture,
                    ann_file='data/coco/train.mmarts',
                    image_root='data/coco/train2014'),
                dict(
                    picture,
                    ann_file='data/lspet/train.mmarts',
                    image_root='data/lspet/images'),
                dict(
                    picture,
                    ann_file='data/mpii/train.mmarts',
                    image_root='data/mpii/images'),
            ],
        ]))
