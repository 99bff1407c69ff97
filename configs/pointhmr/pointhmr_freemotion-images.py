"""The supplement's PointHMR on rendered pictures, nothing pre-trained."""
_base_ = [
    '../_base_/models/pointhmr.py', '../_base_/datasets/freemotion_images.py',
    '../_base_/schedules/adamw_6k.py', '../_base_/default_runtime.py'
]

pictures = dict(crop_size=224, joint_set='pw3d14')
model = dict(
    body_model={{_base_.body_model}},
    backbone=dict(init_cfg=None),
    # A network that knows nothing yet places its camera anywhere.
    heatmap_camera='target')
train_dataloader = dict(
    dataset=dict(
        augment=dict(
            _delete_=True,
            margin=(1.2, 1.2),
            scale=(0.25, 0.75, 1.25),
            rotation=dict(chance=0.4, std=30., limit=60.),
            flip=0.5),
        pixels={{_base_.pointhmr_augment.pixels}},
        **pictures))
test_dataloader = dict(dataset=pictures)
val_dataloader = dict(dataset=pictures)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
max_iters = 6_000
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=max_iters // 10))
log_processor = dict(by_epoch=False)
