"""ARTS, stage one, table 2: MPI-INF-3DHP and Human3.6M to 3DPW."""
_base_ = '../../arts-lifter_3dpw.py'

train_dataloader = dict(dataset=dict(datasets={{_base_.sets_cross}}))
