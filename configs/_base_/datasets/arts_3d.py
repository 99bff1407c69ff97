"""ARTS' second stage: the 3D datasets (4.2); tested on 3DPW."""
_base_ = ['./pw3d.py', './arts_sets.py']

train_dataloader = dict(
    dataset=dict(
        _delete_=True, type='MixedDataset', datasets={{_base_.sets_3d}}))
