"""DSD-SATN as its authors released it (commit a23a7b6): its networks.

`single` is the frame network, `satn` the temporal one, `satn_head` reads
body parameters off the latter.
"""
single = dict(
    type='SkeletonDetailNet',
    backbone=dict(type='ResNet', depth=50),
    heatmap_head=dict(type='DeconvHeatmapHead'),
    integral=dict(type='IntegralRegression', convention='release'),
    head=dict(type='DSDHead'),
    parameter_head=dict(type='SMPLParameterHead'))
satn = dict(
    type='SelfAttentionTemporalNet',
    encoder=dict(
        type='FrameEncoder',
        projection='separate',
        scale='head',
        zero_first=True),
    tcn=dict(type='TemporalConvNet', plain_residual=True))
satn_head = dict(type='SMPLParameterHead', in_dim=1024)
order_head = dict(type='LinearOrderHead')
discriminator = dict(type='PoseShapeDiscriminator', activation=False)
