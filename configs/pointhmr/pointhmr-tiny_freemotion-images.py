"""A small PointHMR that a laptop trains: light decoders, pictures of 96 px.

Its backbone is ours, so that it needs neither mmpose nor a download. So that
few steps suffice it begins at the resting body, and tokens know which vertex
they are of and where it is seen: the release's positions.
"""
_base_ = './pointhmr_freemotion-images.py'

crop_size, dim = 96, 64
light = dict(_delete_=True, type='SeparableDecoder', dim=64)
model = dict(
    backbone=dict(
        _delete_=True,
        type='TopDownResNet',
        blocks=(1, 1, 1, 1),
        base_channels=16,
        top_channels=dim),
    around_rest=True,
    sampler=dict(
        heatmap=light,
        feature=light,
        grid=dict(light, depth=1),
        in_dims=(dim, 512),
        dim=dim,
        sine_position=True),
    transformer=dict(
        dim=dim,
        position_dim=32,
        reduced_dim=64,
        num_grid=(crop_size // 32)**2,
        layers=1,
        hidden_dims=(128, 128),
        num_heads=2,
        dropout=0.0),
    losses=dict(heatmap=dict(loss_weight=50.0)))
train_dataloader = dict(dataset=dict(crop_size=crop_size))
test_dataloader = dict(dataset=dict(crop_size=crop_size))
val_dataloader = dict(dataset=dict(crop_size=crop_size))
optim_wrapper = dict(optimizer=dict(lr=2e-3))
