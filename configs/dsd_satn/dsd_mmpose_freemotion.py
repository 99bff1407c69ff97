"""DSD's head on a 2D pose network of mmpose (3.2: "portable").

Any top-down heatmap network will do: `part` is its own config. With
`init_cfg=dict(type='Pretrained', checkpoint=..., prefix='backbone.')` in
the parts its weights come along. `bash tools/install_openmmlab.sh`.
"""
_base_ = './dsd_freemotion.py'

model = dict(
    # What networks of mmpose have been trained with.
    data_preprocessor=dict(
        image_mean=(0.485, 0.456, 0.406), image_std=(0.229, 0.224, 0.225)),
    network=dict(
        backbone=dict(
            _delete_=True,
            type='MMPoseBackbone',
            part=dict(type='mmpose.ResNet', depth=50)),
        heatmap_head=dict(
            _delete_=True,
            type='MMPoseHeatmapHead',
            scale=20.0,
            part=dict(
                type='mmpose.HeatmapHead',
                in_channels=2048,
                out_channels=14,
                loss=dict(type='mmpose.KeypointMSELoss')))))
