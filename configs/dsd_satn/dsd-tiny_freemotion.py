"""A small DSD that a laptop trains: few layers, crops of 128 pixels."""
_base_ = ['./dsd_freemotion.py', '../_base_/models/dsd_tiny_net.py']

crops = dict(dataset=dict(crop_size=128))
train_dataloader = crops
val_dataloader = crops
test_dataloader = crops
model = dict(
    network=dict(_delete_=True, **{{_base_.tiny_net}}),
    discriminator=dict(pose_dim=256))
max_iters = 3_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 3)
default_hooks = dict(checkpoint=dict(interval=max_iters // 3))
# SGD at the paper's rate learns little in so few steps.
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
