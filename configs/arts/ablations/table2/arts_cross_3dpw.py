"""ARTS, table 2: trained on MPI-INF-3DHP and Human3.6M."""
_base_ = '../../arts_3dpw.py'

model = dict(
    lifter=dict(
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_cross_3dpw/epoch_60.pth')))
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='MixedDataset',
        datasets=[
            dict(type='MeshDataset', ann_file='data/mpi-inf-3dhp/train.npz'),
            dict(type='MeshDataset', ann_file='data/h36m/train.npz'),
        ]))
