"""ARTS, table 5: Detectron 2D input on Human3.6M."""
_base_ = '../../arts_h36m.py'

model = dict(
    lifter=dict(
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_2d-detectron_h36m/epoch_60.pth'))
)
train_dataloader = dict(
    dataset=dict(ann_file='data/h36m-detectron/train.mmarts'))
test_dataloader = dict(
    dataset=dict(ann_file='data/h36m-detectron/test.mmarts'))
