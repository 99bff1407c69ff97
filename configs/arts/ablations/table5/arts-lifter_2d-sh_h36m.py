"""ARTS, stage one, table 5: stacked-hourglass 2D input on Human3.6M."""
_base_ = '../../arts-lifter_h36m.py'

train_dataloader = dict(dataset=dict(ann_file='data/h36m-sh/train.mmarts'))
test_dataloader = dict(dataset=dict(ann_file='data/h36m-sh/test.mmarts'))
