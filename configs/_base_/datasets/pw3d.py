"""3DPW, converted as docs/data.md tells: 30 fps, T = 16 at every frame."""
_base_ = '../body_models/smpl.py'

train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='MeshDataset', ann_file='data/3dpw/train.mmarts'))
test_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='MeshDataset', ann_file='data/3dpw/test.mmarts'))
test_cfg = dict()
test_evaluator = [
    dict(
        type='JointError',
        protocol='3dpw-14',
        body_model={{_base_.body_model}},
        target_bodies={{_base_.gendered_bodies}}),
    dict(
        type='VertexError',
        protocol='3dpw-14',
        body_model={{_base_.body_model}},
        target_bodies={{_base_.gendered_bodies}}),
    dict(
        type='AccelError',
        protocol='3dpw-14',
        body_model={{_base_.body_model}},
        target_bodies={{_base_.gendered_bodies}}),
]
