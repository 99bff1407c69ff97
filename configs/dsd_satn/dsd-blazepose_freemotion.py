"""DSD's heads on a pose network that stays as it is: BlazePose.

A small twin of the paper's network for a CPU. A small trunk that is trained
from scratch on rendered pictures does not tell left from right before hours
have passed; the one that ships with mmarts does. Its skeletons and pooled
features are computed once; layers on the pooled one are trained in its place.

    python tools/make_images.py data/freemotion_images --num 16000
    python tools/make_images.py data/freemotion_images --split test --views 2
    for split in train test; do
      python tools/extract_features.py \
        configs/_base_/models/blazepose_parts.py \
        data/freemotion_images/$split.mmarts \
        data/freemotion_images/${split}_blazepose.mmarts \
        --crop-size 256 --margin 1.4
    done
"""
_base_ = [
    '../_base_/models/dsd.py', '../_base_/schedules/sgd_adversarial_40e.py',
    '../_base_/default_runtime.py'
]

body_model = dict(type='FreeBody')
stills = dict(
    type='FeatureClips',
    num_frames=1,
    augment=dict(margin=(1.4, 1.4)),
    keep=True)
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='StreamSampler'),
    dataset=dict(
        stills, ann_file='data/freemotion_images/train_blazepose.mmarts'))
test_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        stills, ann_file='data/freemotion_images/test_blazepose.mmarts'))
test_cfg = dict()
test_evaluator = [
    dict(type='JointError', protocol='freemotion', body_model=body_model),
    dict(type='VertexError', protocol='freemotion', body_model=body_model),
]

pooled_dim = 256
model = dict(
    body_model=body_model,
    network=dict(
        _delete_=True,
        type='SkeletonDetailReader',
        num_joints=13,
        trunk=dict(in_dim=288, dim=512, out_dim=pooled_dim, depth=2),
        head=dict(
            type='DSDHead',
            num_joints=13,
            in_dim=pooled_dim,
            detail_dim=128,
            out_dim=256),
        parameter_head=dict(
            type='SMPLParameterHead', in_dim=256, start='upright')),
    losses=dict(skeleton=None),  # it is not trained
    discriminator=dict(pose_dim=256))
max_iters = 1_500
train_cfg = dict(
    _delete_=True,
    type='StreamTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters)
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 3))
# SGD at the paper's rate learns little in so few steps.
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
