"""The frame network of the small DSD, which the small SATN reads."""
tiny_net = dict(
    type='SkeletonDetailNet',
    backbone=dict(type='ResNet', blocks=(1, 1, 1, 1), base_channels=16),
    heatmap_head=dict(type='DeconvHeatmapHead', in_channels=512, channels=64),
    integral=dict(type='IntegralRegression'),
    head=dict(type='DSDHead', in_dim=512, detail_dim=128, out_dim=256),
    parameter_head=dict(type='SMPLParameterHead', in_dim=256))
