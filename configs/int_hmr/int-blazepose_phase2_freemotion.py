"""A small second phase: joints through time, after phase 1.

The base model does not learn any more, so that its tokens are made once.

    clips='data/int_clips --ann-file data/mocap30'
    python tools/make_images.py $clips --num 2000 --frames 8 --interval 2 \
      --seed 1
    python tools/make_images.py data/int_clips --split test --frames 16 \
      --views 2 --stride 16
    python tools/extract_features.py \
      configs/int_hmr/int-blazepose_phase1_freemotion.py \
      data/int_clips/train.mmarts data/int_clips/train_tokens.mmarts \
      --checkpoint work_dirs/int-blazepose_phase1_freemotion/iter_4000.pth \
      --module tokens --method packed --crop-size 256 --margin 1.4
"""
_base_ = ['./int-blazepose_phase1_freemotion.py']

num_frames, batch_size = 8, 32
model = dict(
    temporal=dict(
        _delete_=True,
        type='TokenTemporal',
        dim={{_base_.dim}},
        depth=2,
        num_heads={{_base_.num_heads}},
        num_frames=num_frames))
train_dataloader = dict(
    batch_size=batch_size,
    dataset=dict(
        ann_file='data/int_clips/train_tokens.mmarts',
        num_frames=num_frames,
        stride=num_frames))
# From pictures. A clip is seen whole.
test_dataloader = dict(
    batch_size=2,
    dataset=dict(
        type='PictureClips',
        ann_file='data/int_clips/test.mmarts',
        num_frames=16,
        interval=1,
        stride=16))
test_evaluator = [
    dict(type='JointError', body_model={{_base_.body_model}}),
    dict(type='AccelError', body_model={{_base_.body_model}}),
]
max_iters = 1_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        end=max_iters,
        T_max=max_iters,
        eta_min_ratio=0.01)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 5))
load_from = 'work_dirs/int-blazepose_phase1_freemotion/iter_4000.pth'
