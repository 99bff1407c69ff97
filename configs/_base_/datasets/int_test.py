"""3DPW's test set as INT's protocol has it: T = 16, box x1.1.

128 frames are seen as 128 / T interleaved clips. The targets are of the
neutral body: `--options gendered=[]` of tools/convert_dataset.py pw3d.
"""
_base_ = '../body_models/smpl_spin.py'

test_frames, test_interval = 16, 8
test_dataloader = dict(
    batch_size=2,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='PictureClips',
        ann_file='data/3dpw-neutral/test.mmarts',
        image_root='data/pictures/3dpw',
        num_frames=test_frames,
        interval=test_interval,
        augment=dict(margin=(1.1, 1.1))))
test_cfg = dict()
test_evaluator = [
    dict(
        type='JointError',
        protocol='3dpw-int',
        body_model={{_base_.body_model}}),
    dict(
        type='VertexError',
        protocol='3dpw-int',
        body_model={{_base_.body_model}}),
    dict(
        type='AccelError',
        protocol='3dpw-int',
        body_model={{_base_.body_model}}),
]
