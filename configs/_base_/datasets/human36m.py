"""Human3.6M, converted as docs/data.md tells: 25 fps, T = 16 at every frame.

Joints are the 17 of motion capture, 2D is CPN's; train S1, S5, S6, S7, S8,
test S9 and S11, of which the protocol scores the frontal camera.
"""
_base_ = '../body_models/smpl.py'

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='MeshDataset', ann_file='data/h36m-cpn/train.mmarts'))
test_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='MeshDataset', ann_file='data/h36m-cpn/test.mmarts'))
test_cfg = dict()
test_evaluator = [
    dict(
        type='JointError',
        protocol='h36m-p2',
        body_model={{_base_.body_model}}),
    dict(
        type='AccelError',
        protocol='h36m-p2',
        body_model={{_base_.body_model}}),
]
