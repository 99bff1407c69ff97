"""DSD-SATN, Table 3, small: SATN on the pooled features of the backbone.

`../table2/dsd-tiny_direct_freemotion.py` extracts them, as
satn-tiny_freemotion.py tells, with `--method parts`.
"""
_base_ = './satn-tiny_no-order_freemotion.py'

feat_dim = 256
train_dataloader = dict(
    dataset=dict(ann_file='data/freemotion_clips/train_pooled-tiny.mmarts'))
test_dataloader = dict(
    dataset=dict(ann_file='data/freemotion_clips/test_pooled-tiny.mmarts'))
model = dict(
    network=dict(encoder=dict(dim=feat_dim), tcn=dict(in_dim=feat_dim)))
