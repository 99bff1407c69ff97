"""A small PointHMR on a pose network that stays as it is: BlazePose.

The paper's HRNet begins with weights that know people; a small trunk from
scratch learns too little in the minutes that a CPU has. What BlazePose sees
is computed once; decoders, transformer and losses are trained on it.

    python tools/make_images.py data/freemotion_images --num 16000 \
      --ann-file data/mocap30
    python tools/make_images.py data/freemotion_images --split test --views 2
    for split in train test; do
      python tools/extract_features.py \
        configs/_base_/models/blazepose_maps.py \
        data/freemotion_images/$split.mmarts \
        data/freemotion_images/${split}_p4c6.mmarts --method kept \
        --crop-size 256 --margin 1.4 --cfg-options model.maps="['p4','c6']"
    done

Of type=PictureClips, the datasets give the pictures themselves.
"""
_base_ = './pointhmr-tiny_freemotion-images.py'

dim = 32
model = dict(
    data_preprocessor=dict(
        type='WindowPreprocessor', image_mean=(0., ), image_std=(1., )),
    backbone=dict(_delete_=True, type='BlazePoseMaps', maps=('p4', 'c6')),
    # Nearly all the time goes into attention; what it costs follows the
    # channels.
    sampler=dict(in_dims=(48, 288), dim=dim),
    transformer=dict(
        dim=dim,
        position_dim=16,
        reduced_dim=dim,
        num_grid=16,
        hidden_dims=(64, 64)),
    # So that few steps give a smooth mesh.
    position_waves=5.0,
    losses=dict(vertices=dict(loss_weight=200.0)))
stills = dict(
    _delete_=True,
    type='FeatureClips',
    num_frames=1,
    interval=1,
    joint_set='pw3d14',
    body_model={{_base_.body_model}},
    crop_size=256,
    augment=dict(margin=(1.4, 1.4)))
train_dataloader = dict(
    dataset=dict(stills, ann_file='data/freemotion_images/train_p4c6.mmarts'))
test_dataloader = dict(
    batch_size=32,
    dataset=dict(stills, ann_file='data/freemotion_images/test_p4c6.mmarts'))
val_dataloader = val_cfg = val_evaluator = None
max_iters = 250
warm_up = max_iters // 20
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=warm_up, by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        begin=warm_up,
        end=max_iters,
        T_max=max_iters - warm_up,
        eta_min=5e-5,
        by_epoch=False)
]
optim_wrapper = dict(optimizer=dict(lr=5e-3))
default_hooks = dict(checkpoint=dict(interval=max_iters // 2))
