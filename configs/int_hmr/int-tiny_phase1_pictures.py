"""The small first phase on pictures that tools/make_images.py has written."""
_base_ = ['./int-tiny_phase1_freemotion.py']

still = dict(
    _delete_=True,
    type='PictureClips',
    ann_file='data/freemotion_images/train.mmarts',
    num_frames=1,
    interval=1,
    training=True,
    joint_set={{_base_.joint_set}},
    body_model={{_base_.body_model}},
    crop_size={{_base_.crop_size}},
    augment=dict(margin=(1.3, 1.3), tight=dict(chance=0.2), flip=0.5))
batch_size = 16
train_dataloader = dict(
    batch_size=batch_size,
    dataset=dict(sizes=dict(images=batch_size), groups=dict(images=still)))
val_dataloader = val_cfg = val_evaluator = None
max_iters = 3_000
train_cfg = dict(max_iters=max_iters)
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 6 // 10, max_iters * 9 // 10],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 10))
