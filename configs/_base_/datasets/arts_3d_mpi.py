"""ARTS' second stage: the 3D datasets; tested on MPI-INF-3DHP."""
_base_ = ['./mpi_inf_3dhp.py', './arts_sets.py']

train_dataloader = dict(
    dataset=dict(
        _delete_=True, type='MixedDataset', datasets={{_base_.sets_3d}}))
