"""SATN on features that dsd_h36m.py has extracted; 9 frames at 10 fps.

    for split in train test; do
      python tools/extract_features.py configs/dsd_satn/dsd_h36m.py \
        data/h36m-lsp/$split.mmarts data/h36m-lsp/${split}_dsd.mmarts \
        --images data/pictures/h36m \
        --checkpoint work_dirs/dsd_h36m/epoch_40.pth \
        --module network --method features --output 1 --crop-size 256 \
        --margin 1.4
    done
"""
_base_ = [
    '../_base_/models/satn.py', '../_base_/datasets/dsd_test.py',
    '../_base_/schedules/sgd_adversarial_40e.py',
    '../_base_/default_runtime.py'
]

clips = dict(
    type='FeatureClips',
    num_frames={{_base_.num_frames}},
    augment=dict(margin=(1.4, 1.4)))
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(clips, ann_file='data/h36m-lsp/train_dsd.mmarts'))
test_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(clips, ann_file='data/h36m-lsp/test_dsd.mmarts'))

model = dict(body_model={{_base_.body_model}})
