"""A small SATN on features of rendered clips, after dsd-tiny_freemotion.py.

The clips are those of tools/dsd_tables.py, which does all of this:

    for split in train test; do
      python tools/extract_features.py configs/dsd_satn/dsd-tiny_freemotion.py \
        data/freemotion_clips/$split.mmarts \
        data/freemotion_clips/${split}_dsd-tiny.mmarts \
        --checkpoint work_dirs/dsd-tiny_freemotion/iter_800.pth \
        --module network --method features --output 1 --crop-size 96 \
        --margin 1.4
    done
"""
_base_ = './satn_freemotion.py'

train_dataloader = dict(
    sampler=dict(_delete_=True, type='StreamSampler'),
    dataset=dict(
        ann_file='data/freemotion_clips/train_dsd-tiny.mmarts', keep=True))
# Whole clips: the first and the last four frames see the edge repeated.
test_dataloader = dict(
    batch_size=8,
    dataset=dict(
        ann_file='data/freemotion_clips/test_dsd-tiny.mmarts',
        num_frames=24,
        stride=24))

feat_dim = 256
model = dict(
    network=dict(
        encoder=dict(dim=feat_dim, hidden_dim=512),
        tcn=dict(in_dim=feat_dim, dim=256)),
    head=dict(in_dim=256, start='upright'),
    order_head=dict(in_dim=feat_dim, dim=128),
    discriminator=dict(pose_dim=256))
max_iters = 1_500
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
