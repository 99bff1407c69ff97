"""A small DSD that a laptop trains: few layers, crops of 128 pixels."""
_base_ = './dsd_freemotion.py'

crops = dict(dataset=dict(crop_size=128))
train_dataloader = crops
val_dataloader = crops
test_dataloader = crops
model = dict(
    network=dict(
        backbone=dict(blocks=(1, 1, 1, 1), base_channels=16),
        heatmap_head=dict(in_channels=512, channels=64),
        head=dict(in_dim=512, detail_dim=128, out_dim=256),
        parameter_head=dict(in_dim=256)),
    discriminator=dict(pose_dim=256))
max_iters = 3_000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters // 3)
default_hooks = dict(checkpoint=dict(interval=max_iters // 3))
# SGD at the paper's rate learns little in so few steps.
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=10.0))
