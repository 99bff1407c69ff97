"""The SATN of satn_h36m.py on all of 3DPW, which it never saw (Table 1).

PA-MPJPE of each split; features are extracted as in satn_h36m.py, with
`--margin 1.5`.
"""
_base_ = './satn_h36m.py'

load_from = 'work_dirs/satn_h36m/epoch_40.pth'
clips = dict(type='FeatureClips', augment=dict(margin=(1.5, 1.5)))
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        # The shorter splits come more than once, and count once.
        type='MixedDataset',
        datasets=[
            dict(
                clips,
                name=f'3dpw-{split}',
                ann_file=f'data/3dpw/{split}_dsd.mmarts')
            for split in ('train', 'validation', 'test')
        ]))
test_evaluator = [
    dict(
        type='JointError',
        body_model={{_base_.body_model}},
        target_bodies=[
            dict(
                type='SMPL',
                gender=gender,
                regressors=dict(
                    extra9='J_regressor_extra.npy',
                    h36m17='J_regressor_h36m.npy'))
            for gender in ('male', 'female')
        ],
        protocol='3dpw-all-pa',
        group_by='dataset')
]
