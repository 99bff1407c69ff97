"""MPI-INF-3DHP, converted twice: joints of COCO-19 and those of its test set.

25 fps, T = 16. Training windows lie 16 frames apart (ARTS' release), test
windows start at every frame.
"""
_base_ = '../body_models/smpl_mpi.py'

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='MeshDataset',
        ann_file='data/mpi-inf-3dhp-coco/train.mmarts',
        stride=16))
test_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='MeshDataset',
        ann_file='data/mpi-inf-3dhp/test.mmarts',
        input_joint_set='coco19',
        target_joints='joints3d_universal'))
test_cfg = dict()
# The test set has no meshes.
test_evaluator = [
    dict(
        type='JointError',
        protocol='mpi-inf-3dhp',
        body_model={{_base_.body_model}}),
    dict(
        type='JointAccuracy',
        protocol='mpi-inf-3dhp',
        body_model={{_base_.body_model}}),
    dict(
        type='AccelError',
        protocol='mpi-inf-3dhp',
        body_model={{_base_.body_model}}),
]
