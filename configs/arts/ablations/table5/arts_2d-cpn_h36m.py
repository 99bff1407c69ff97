"""ARTS, table 5: CPN 2D input on Human3.6M."""
_base_ = '../../arts_h36m.py'

model = dict(
    lifter=dict(
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_2d-cpn_h36m/epoch_60.pth')))
train_dataloader = dict(dataset=dict(ann_file='data/h36m-cpn/train.mmarts'))
test_dataloader = dict(dataset=dict(ann_file='data/h36m-cpn/test.mmarts'))
