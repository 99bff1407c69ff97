"""SATN on features of rendered clips, without any download.

    for split in train val test; do
      python tools/make_images.py data/freemotion_clips --split $split \
        --num 5000 --frames 9 --interval 3
      python tools/extract_features.py configs/dsd_satn/dsd_freemotion.py \
        data/freemotion_clips/$split.mmarts \
        data/freemotion_clips/${split}_dsd.mmarts \
        --checkpoint work_dirs/dsd_freemotion/iter_100000.pth \
        --module network --method features --output 1 --crop-size 256 \
        --margin 1.4
    done
"""
_base_ = [
    '../_base_/models/satn.py', '../_base_/schedules/sgd_adversarial_40e.py',
    '../_base_/default_runtime.py'
]

body_model = dict(type='FreeBody')
clips = dict(
    type='FeatureClips',
    num_frames={{_base_.num_frames}},
    augment=dict(margin=(1.4, 1.4)))
train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(clips, ann_file='data/freemotion_clips/train_dsd.mmarts'))
test_dataloader = dict(
    batch_size=64,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(clips, ann_file='data/freemotion_clips/test_dsd.mmarts'))
test_cfg = dict()
test_evaluator = [
    dict(
        type=kind,
        body_model=dict(type='FreeBody'),
        joint_set='lsp14',
        root=('R_Hip', 'L_Hip'),
        eval_joints=None,
        group_by='action')
    for kind in ('JointError', 'VelocityError', 'AccelError')
]

model = dict(body_model=body_model)
