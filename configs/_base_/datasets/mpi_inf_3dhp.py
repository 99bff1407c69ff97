"""MPI-INF-3DHP, converted once as docs/data.md tells. T = 16."""
_base_ = '../body_models/smpl.py'

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='MeshDataset', ann_file='data/mpi-inf-3dhp/train.npz'))
test_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='MeshDataset', ann_file='data/mpi-inf-3dhp/test.npz'))
test_cfg = dict()
# The test set has no meshes.
test_evaluator = [
    dict(type='JointError', body_model={{_base_.body_model}}),
    dict(type='AccelError', body_model={{_base_.body_model}}),
]
