"""FreiHAND, whole pictures; files made by tools/convert_dataset.py freihand.

`FreiHANDPictures` reads the original files as well:
train_dataloader = dict(dataset=dict(_delete_=True, type='FreiHANDPictures',
root='data/FreiHAND', mano='mano/MANO_RIGHT.pkl', training=True, ...)).
"""
_base_ = '../body_models/mano.py'

picture = dict(
    type='PictureClips',
    image_root='data/pictures/freihand',
    num_frames=1,
    interval=1,
    joint_set='freihand21',
    box='picture')
train_dataloader = dict(
    batch_size=24,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        picture,
        ann_file='data/freihand/training.mmarts',
        training=True,
        # As the release would for hands: turned any way, never mirrored.
        augment=dict(
            margin=(1., 1.),
            scale=(0.25, 0.75, 1.25),
            rotation=dict(chance=0.4, std=90., limit=180.)),
        pixels=dict(gain=(0.6, 1.4))))
test_dataloader = dict(
    batch_size=24,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        picture,
        ann_file='data/freihand/evaluation.mmarts',
        augment=dict(margin=(1., 1.))))
test_cfg = dict()
test_evaluator = [
    dict(
        type='JointError',
        protocol='freihand',
        body_model={{_base_.body_model}}),
    dict(
        type='AlignedVertexError',
        protocol='freihand',
        body_model={{_base_.body_model}}),
]
