"""ARTS, stage one, table 5: ground-truth 2D input on Human3.6M."""
_base_ = '../../arts-lifter_h36m.py'

train_dataloader = dict(dataset=dict(ann_file='data/h36m/train.mmarts'))
test_dataloader = dict(dataset=dict(ann_file='data/h36m/test.mmarts'))
