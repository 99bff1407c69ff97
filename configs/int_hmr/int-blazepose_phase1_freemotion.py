"""A small first phase on a pose network that stays as it is: BlazePose.

The paper's CNN begins with ImageNet's weights; a small one from scratch sees
too little before hours have passed on two cores. What BlazePose sees is
computed once; transformer, tokens and heads are trained on it.

    python tools/make_images.py data/freemotion_images --num 16000
    python tools/make_images.py data/freemotion_images --split test --views 2
    for split in train test; do
      python tools/extract_features.py \
        configs/_base_/models/blazepose_maps.py \
        data/freemotion_images/$split.mmarts \
        data/freemotion_images/${split}_c5.mmarts --method kept \
        --crop-size 256 --margin 1.4
    done
"""
_base_ = ['./int_phase1_freemotion.py']

dim, num_heads, crop_size = 128, 4, 256
model = dict(
    data_preprocessor=dict(
        type='WindowPreprocessor', image_mean=(0., ), image_std=(1., )),
    tokens=dict(
        cnn=dict(_delete_=True, type='BlazePoseMaps', maps=('c5', )),
        dim=dim,
        depth=3,
        num_heads=num_heads,
        image_size=crop_size,
        position_std=0.5),
    heads=dict(dim=dim))
# For the phase that follows as well.
clips = dict(
    _delete_=True,
    type='FeatureClips',
    joint_set={{_base_.joint_set}},
    body_model={{_base_.body_model}},
    crop_size=crop_size,
    augment=dict(margin=(1.4, 1.4)))
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='StreamSampler'),
    dataset=dict(
        clips,
        ann_file='data/freemotion_images/train_c5.mmarts',
        num_frames=1,
        keep=True))
test_dataloader = dict(
    batch_size=32,
    num_workers=0,
    dataset=dict(
        clips, ann_file='data/freemotion_images/test_c5.mmarts', num_frames=1))
val_dataloader = val_cfg = val_evaluator = None
# Stills have no motion.
test_evaluator = _base_.test_evaluator[:2]
max_iters = 4_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
