"""ARTS, stage one, table 2: MPI-INF-3DHP and Human3.6M to 3DPW."""
_base_ = '../../arts-lifter_3dpw.py'

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='MixedDataset',
        datasets=[
            dict(type='MeshDataset', ann_file='data/mpi-inf-3dhp/train.npz'),
            dict(type='MeshDataset', ann_file='data/h36m/train.npz'),
        ]))
