"""The weights that ship, trained on with what a detector finds in pictures.

Drawn clips, their detected keypoints and their features:

    D=data/arts_pictures
    python tools/make_images.py $D --split train --num 500 --frames 16 \
        --joint-set coco19 --ann-file data/mocap30
    python tools/make_images.py $D --split val --frames 16 --stride 16 \
        --views 1 --joint-set coco19 --ann-file data/mocap30
    for split in train val; do
      python tools/extract_features.py \
        configs/_base_/models/efficientnet_lite0.py $D/$split.mmarts \
        $D/feat/$split.mmarts --images $D --margin 1.2
      python tools/detect_keypoints.py $D/$split.mmarts $D/found/$split.npz \
        --images $D --jobs 2
    done
    python tools/convert_dataset.py detections $D/found \
        data/arts_clips --options annotations=$D/feat joint_set=coco19
"""
_base_ = './arts-tiny_detector_freemotion.py'

data = 'data/arts_clips'
model = dict(freeze_lifter=False)
load_from = 'mmarts/assets/arts-tiny_freemotion.pth'
train_dataloader = dict(
    sampler=dict(_delete_=True, type='InfiniteSampler'),
    dataset=dict(
        _delete_=True, type='MeshDataset', ann_file=f'{data}/train.mmarts'))
val_dataloader = dict(
    dataset=dict(
        _delete_=True, type='MeshDataset', ann_file=f'{data}/val.mmarts'))
test_dataloader = val_dataloader

max_iters = 400
train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=max_iters,
    val_interval=100)
custom_hooks = []
optim_wrapper = dict(optimizer=dict(lr=1e-4))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=max_iters, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 2))
