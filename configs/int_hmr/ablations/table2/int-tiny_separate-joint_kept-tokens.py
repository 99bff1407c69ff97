"""Table 2, this paper's row, small, on tokens that a first phase made.

The base model does not learn any more: rows that share it differ by their
temporal models alone. tools/token_table.py makes the tokens and all rows.
"""
_base_ = ['../../int-tiny_phase1_pictures.py']

model = dict(
    data_preprocessor=dict(type='WindowPreprocessor'),
    tokens=dict(cnn=dict(init_cfg=None)),
    temporal=dict(
        _delete_=True,
        type='TokenTemporal',
        dim={{_base_.dim}},
        depth=2,
        num_heads={{_base_.num_heads}},
        num_frames=8))
clips = dict(
    _delete_=True,
    type='FeatureClips',
    joint_set={{_base_.joint_set}},
    body_model={{_base_.body_model}},
    crop_size={{_base_.crop_size}})
batch_size = 32
train_dataloader = dict(
    batch_size=batch_size,
    sampler=dict(type='StreamSampler'),
    dataset=dict(
        clips,
        ann_file='data/freemotion_clips/train_tokens.mmarts',
        num_frames=8,
        stride=8,
        keep=True))
test_dataloader = dict(
    dataset=dict(
        clips,
        ann_file='data/freemotion_clips/test_tokens.mmarts',
        num_frames=16,
        stride=16))
max_iters = 1_000
train_cfg = dict(max_iters=max_iters)
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 6 // 10, max_iters * 9 // 10],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 5))
load_from = 'work_dirs/int-tiny_phase1_pictures/iter_2400.pth'
