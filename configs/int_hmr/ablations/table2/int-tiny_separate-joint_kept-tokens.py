"""Table 2, this paper's row, small, on tokens that a first phase made.

The base model does not learn any more: rows that share it differ by their
temporal models alone. tools/token_table.py makes the tokens and all rows.
"""
_base_ = ['../../int-tiny_phase2_pictures.py']

model = dict(data_preprocessor=dict(type='WindowPreprocessor'))
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
        ann_file='data/int_clips/train_tokens.mmarts',
        num_frames=8,
        stride=8,
        keep=True))
test_dataloader = dict(
    dataset=dict(
        clips,
        ann_file='data/int_clips/test_tokens.mmarts',
        num_frames=16,
        stride=16))
