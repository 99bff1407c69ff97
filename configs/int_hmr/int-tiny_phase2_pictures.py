"""A small second phase on pictures and clips on disk, after phase 1."""
_base_ = ['./int-tiny_phase1_pictures.py']

model = dict(
    tokens=dict(cnn=dict(init_cfg=None)),
    temporal=dict(
        _delete_=True,
        type='TokenTemporal',
        dim={{_base_.dim}},
        depth=2,
        num_heads={{_base_.num_heads}},
        num_frames=8))
sizes = dict(clips=4, images=8)
train_dataloader = dict(
    batch_size=sum(sizes.values()),
    dataset=dict(
        sizes=dict(_delete_=True, **sizes),
        groups=dict(
            clips=dict(
                type='PictureClips',
                ann_file='data/int_clips/train.mmarts',
                num_frames=8,
                interval=1,
                training=True,
                joint_set={{_base_.joint_set}},
                body_model={{_base_.body_model}},
                crop_size={{_base_.crop_size}},
                augment=dict(margin=(1.0, 1.4), flip=0.5),
                pixels=dict(jitter=(0.3, 0.3, 0.3, 0.3), erase=0.3)))))
max_iters = 600
train_cfg = dict(max_iters=max_iters)
param_scheduler = [
    dict(
        type='MultiStepLR',
        milestones=[max_iters * 6 // 10, max_iters * 9 // 10],
        gamma=0.1,
        by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=max_iters // 5))
load_from = 'work_dirs/int-tiny_phase1_pictures/iter_2400.pth'
