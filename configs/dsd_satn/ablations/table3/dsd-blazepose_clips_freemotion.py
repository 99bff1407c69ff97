"""DSD on BlazePose, frame by frame on the clips that SATN is tested on.

Nothing to train: tools/test.py with weights of dsd-blazepose_freemotion.py.
"""
_base_ = '../../dsd-blazepose_freemotion.py'

num_frames = 24
test_dataloader = dict(
    batch_size=8,
    dataset=dict(
        ann_file='data/freemotion_clips/test_blazepose.mmarts',
        num_frames=num_frames,
        stride=num_frames))
test_evaluator = [
    dict(
        type=kind,
        body_model=_base_.body_model,
        joint_set='lsp14',
        root=('R_Hip', 'L_Hip'),
        eval_joints=None,
        group_by='action')
    for kind in ('JointError', 'VelocityError', 'AccelError')
]
