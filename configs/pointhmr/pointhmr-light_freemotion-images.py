"""The supplement's PointHMR with light decoders, which are depthwise."""
_base_ = './pointhmr_freemotion-images.py'

light = dict(_delete_=True, type='SeparableDecoder', dim=128)
model = dict(
    sampler=dict(heatmap=light, feature=light, grid=dict(light, depth=1)))
