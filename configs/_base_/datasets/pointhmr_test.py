"""Human3.6M's test set for a network of single pictures, protocol 2."""
_base_ = '../body_models/smpl.py'

test_dataloader = dict(
    batch_size=24,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='PictureClips',
        ann_file='data/h36m/test.mmarts',
        image_root='data/pictures/h36m',
        num_frames=1,
        interval=1,
        joint_set='pw3d14',
        augment=dict(margin=(1.2, 1.2))))
test_cfg = dict()
test_evaluator = [
    dict(
        type='JointError',
        protocol='h36m-pointhmr',
        body_model={{_base_.body_model}}),
    dict(
        type='VertexError',
        protocol='h36m-pointhmr',
        body_model={{_base_.body_model}}),
]
