"""ARTS, table 5: ground-truth 2D input on Human3.6M."""
_base_ = '../../arts_h36m.py'

model = dict(
    lifter=dict(
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_2d-gt_h36m/epoch_60.pth')))
train_dataloader = dict(dataset=dict(ann_file='data/h36m/train.mmarts'))
test_dataloader = dict(dataset=dict(ann_file='data/h36m/test.mmarts'))
