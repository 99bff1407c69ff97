"""What INT's release does otherwise than the paper: camera and losses."""
_base_ = './int.py'

model = dict(
    projection=dict(type='CropPerspective', focal_length=5000.0),
    losses=dict(
        norm=dict(type='FrobeniusNormLoss'),
        joint=dict(type='ConfidenceMSELoss'),
        keypoints2d=dict(type='ConfidenceMSELoss'),
        velocity=dict(type='ConfidenceMSELoss')),
    loss_root=('R_Hip', 'L_Hip'),
    merge='weighted-by-frames')
