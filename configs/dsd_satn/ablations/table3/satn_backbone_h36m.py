"""DSD-SATN, Table 3: SATN on the pooled features of the backbone.

`dsd_direct_h36m.py` extracts them, as satn_h36m.py tells: `--method parts`,
files `train_pooled.mmarts` and `test_pooled.mmarts`.
"""
_base_ = '../../satn_h36m.py'

feat_dim = 2048
train_dataloader = dict(
    dataset=dict(ann_file='data/h36m-lsp/train_pooled.mmarts'))
test_dataloader = dict(
    dataset=dict(ann_file='data/h36m-lsp/test_pooled.mmarts'))
model = dict(
    network=dict(encoder=dict(dim=feat_dim), tcn=dict(in_dim=feat_dim)),
    order_head=dict(in_dim=feat_dim))
