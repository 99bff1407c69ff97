"""ResNet-50 of SPIN (arXiv:1909.12828): the frame feature of ARTS (3.1).

For ``tools/extract_features.py`` alone, which takes SPIN's
``model_checkpoint.pt`` by ``--checkpoint`` and leaves its regressor out.
"""
model = dict(type='ResNet', depth=50)
