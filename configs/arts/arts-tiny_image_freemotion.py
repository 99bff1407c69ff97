"""The same with a feature of every picture (EfficientNet-Lite0)."""
_base_ = './arts-tiny_pictures_freemotion.py'

model = dict(feature=dict(type='KeypointImageFeature', image_dim=1280))
