"""INT, first phase, on rendered images: nothing to prepare."""
_base_ = [
    '../_base_/models/int.py', '../_base_/datasets/freemotion_images.py',
    '../_base_/default_runtime.py'
]

joint_set, crop_size = 'coco19', 224
model = dict(
    body_model={{_base_.body_model}},
    joint_set=joint_set,
    temporal=None,
    losses=dict(velocity=None))

still = dict(
    type='FreeMotionImages',
    split='train',
    body_model={{_base_.body_model}},
    joint_set=joint_set,
    crop_size=crop_size,
    length=1_000_000,
    pictures=dict(occluded=0.3),
    variety=dict(splice=0.2, pose_std=0.12, speed=(0.7, 1.3), sampled=0.05),
    camera=dict(truncated=0.05),
    # The mirror of the picture is enough.
    augment=dict(margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5))
# For the phases that follow. The clips that ship are short: every fourth
# frame, where the paper has every eighth.
clip = dict(
    still,
    num_frames=16,
    interval=4,
    pixels=dict(jitter=(0.3, 0.3, 0.3, 0.3), erase=0.3))
batch_size = 120
train_dataloader = dict(
    _delete_=True,
    batch_size=batch_size,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='GroupedSampler'),
    dataset=dict(
        type='GroupedDataset',
        sizes=dict(images=batch_size),
        groups=dict(images=still)))
# Stretches of 16 frames, seen whole, in boxes 1.1 times as large.
test_dataloader = dict(
    batch_size=2,
    dataset=dict(
        joint_set=joint_set,
        num_frames=16,
        stride=8,
        crop_size=crop_size,
        augment=dict(margin=(1.1, 1.1))))
val_dataloader = dict(
    batch_size=2,
    dataset=dict(
        joint_set=joint_set,
        num_frames=16,
        stride=16,
        crop_size=crop_size,
        augment=dict(margin=(1.1, 1.1))))
test_evaluator = [
    dict(type='JointError', body_model={{_base_.body_model}}),
    dict(type='VertexError', body_model={{_base_.body_model}}),
    dict(type='AccelError', body_model={{_base_.body_model}}),
]
val_evaluator = test_evaluator

max_iters = 60_000
train_cfg = dict(
    type='StreamTrainLoop', max_iters=max_iters, val_interval=max_iters // 10)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-4))
# A tenth from 60 % and 90 % on: the paper's 60 and 90 of 100 epochs.
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 6 // 10, max_iters * 9 // 10],
        gamma=0.1,
        by_epoch=False)
]
log_processor = dict(by_epoch=False)
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 10))
