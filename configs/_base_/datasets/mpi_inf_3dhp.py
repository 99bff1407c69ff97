"""MPI-INF-3DHP, converted once as docs/data.md tells. T = 16."""
body_model = dict(
    type='SMPL',
    model_path='data/body_models/smpl/SMPL_NEUTRAL.pkl',
    regressors=dict(
        coco19='data/body_models/J_regressor_coco19.npy',
        h36m17='data/body_models/J_regressor_h36m.npy'))

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
    dict(type='JointError', body_model=body_model),
    dict(type='AccelError', body_model=body_model),
]
