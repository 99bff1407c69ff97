"""A small PointHMR for hands: light decoders, pictures of 96 px, 5 views."""
_base_ = './pointhmr_freihand.py'

crop_size, dim = 96, 64
light = dict(_delete_=True, type='SeparableDecoder', dim=64)
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet',
        blocks=(1, 1, 1, 1),
        base_channels=16,
        out_stages=(0, 3)),
    sampler=dict(
        heatmap=light,
        feature=light,
        grid=dict(light, depth=1),
        in_dims=(64, 512),
        dim=dim),
    transformer=dict(
        dim=dim,
        reduced_dim=64,
        num_grid=(crop_size // 32)**2,
        layers=1,
        hidden_dims=(128, 128),
        dropout=0.0),
    # A network that knows nothing yet places its camera anywhere, and all
    # joints in one point.
    heatmap_camera='target',
    around_rest=True,
    rest_scale=7.0,  # 20 cm fill two thirds of a crop
    view_ensemble=dict(
        rotations=(-20, -10, 0, 10, 20), scales=(1., ), merge='known'))
train_dataloader = dict(dataset=dict(crop_size=crop_size))
test_dataloader = dict(dataset=dict(crop_size=crop_size))
optim_wrapper = dict(optimizer=dict(lr=1e-3))
