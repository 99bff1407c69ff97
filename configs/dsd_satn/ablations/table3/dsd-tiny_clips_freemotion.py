"""DSD, small, frame by frame on the clips that SATN's small twin is tested on.

Nothing to train: tools/test.py with weights of dsd-tiny_freemotion.py.
"""
_base_ = '../../dsd-tiny_freemotion.py'

num_frames = 24
test_dataloader = dict(
    batch_size=8,
    dataset=dict(
        _delete_=True,
        type='PictureClips',
        ann_file='data/freemotion_clips/test.mmarts',
        num_frames=num_frames,
        interval=1,
        joint_set='lsp14',
        crop_size=96,
        augment=dict(margin=(1.4, 1.4))))
test_evaluator = [
    dict(
        type=kind,
        body_model={{_base_.body_model}},
        joint_set='lsp14',
        root=('R_Hip', 'L_Hip'),
        eval_joints=None,
        group_by='action')
    for kind in ('JointError', 'VelocityError', 'AccelError')
]
