"""ARTS, table 2: trained on MPI-INF-3DHP and Human3.6M."""
_base_ = '../../arts_3dpw.py'

model = dict(
    lifter=dict(
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_cross_3dpw/epoch_60.pth')))
train_dataloader = dict(dataset=dict(datasets={{_base_.sets_cross}}))
