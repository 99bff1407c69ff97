"""The network, losses and crops of PointHMR's release, commit bfec235.

To test its weights, after tools/convert_checkpoint.py pointhmr-release.
"""
_base_ = [
    '../_base_/models/pointhmr.py', '../_base_/datasets/pointhmr_test.py',
    '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    # GraphCMR's matrices, beside the body's files.
    hierarchy=dict(path='mesh_downsampling.npz'),
    sampler=dict(
        heatmap=dict(type='ConvLastDecoder'),
        feature=dict(type='ConvLastDecoder'),
        grid=dict(type='ConvLastDecoder'),
        sine_position=True),
    transformer=dict(
        position_dim=128, order=('camera', 'grid', 'joint', 'vertex')),
    losses=dict(
        joint=dict(type='ConfidenceMSELoss'),
        keypoints2d=dict(type='ConfidenceMSELoss'),
        heatmap=dict(wrap=True)))
test_dataloader = dict(dataset=dict(convention='release'))
