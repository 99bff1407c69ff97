"""ARTS, table 2: MPI-INF-3DHP and Human3.6M; tested on 3DPW."""
_base_ = ['./pw3d.py', './arts_sets.py']

train_dataloader = dict(
    dataset=dict(
        _delete_=True, type='MixedDataset', datasets={{_base_.sets_cross}}))
