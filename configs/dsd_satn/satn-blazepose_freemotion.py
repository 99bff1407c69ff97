"""A small SATN, on the features of dsd-blazepose_freemotion.py.

BlazePose's parts of all frames are computed once; the frame network's head,
which is not trained here, joins them on the fly.

    clips='data/freemotion_clips --interval 3 --size 320 --margin 1.4'
    python tools/make_images.py $clips --num 1000 --frames 16
    python tools/make_images.py $clips --split test --frames 24 \
      --stride 70 --views 4
    for split in train test; do
      python tools/extract_features.py \
        configs/_base_/models/blazepose_parts.py \
        data/freemotion_clips/$split.mmarts \
        data/freemotion_clips/${split}_blazepose.mmarts \
        --crop-size 256 --margin 1.4
    done
"""
_base_ = './satn_freemotion.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='StreamSampler'),
    dataset=dict(
        ann_file='data/freemotion_clips/train_blazepose.mmarts', keep=True))
# Whole clips: around the first and the last four frames, the edge repeats.
test_dataloader = dict(
    batch_size=8,
    dataset=dict(
        ann_file='data/freemotion_clips/test_blazepose.mmarts',
        num_frames=24,
        stride=24))

feat_dim = 256
model = dict(
    frame_network=dict(
        type='SkeletonDetailReader',
        num_joints=13,
        trunk=dict(in_dim=288, dim=512, out_dim=256, depth=2),
        head=dict(
            type='DSDHead',
            num_joints=13,
            in_dim=256,
            detail_dim=128,
            out_dim=feat_dim),
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/dsd-blazepose_freemotion/iter_1500.pth',
            prefix='network.')),
    network=dict(
        encoder=dict(dim=feat_dim, hidden_dim=512),
        tcn=dict(in_dim=feat_dim, dim=256),
        relative=True),
    head=dict(in_dim=256, start='upright'),
    # L_s starts at 0.2, the losses of the body at 300 together: attention
    # would follow their gradient alone.
    losses=dict(order=dict(loss_weight=300.0)),
    order_head=dict(in_dim=feat_dim, dim=128),
    discriminator=dict(pose_dim=256))
max_iters = 1_000
train_cfg = dict(
    _delete_=True,
    type='StreamTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters)
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters))
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=5e-4, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
