"""Human3.6M by the release's protocol, and by one without its oddities.

As evaluation_3dpw.py, but joints are measured against motion capture. The
annotation file must hold what the release scores: camera 4 of S9 and S11.
"""
_base_ = '../../../../configs/_base_/datasets/human36m.py'

test_dataloader = dict(dataset=dict(type='ReleaseWindows'))
_released = dict(
    protocol='arts-release',
    prefix='h36m-arts-release',
    body_model={{_base_.body_model}})
_corrected = dict(
    protocol='corrected',
    prefix='h36m-corrected',
    body_model={{_base_.body_model}})
_sources = dict(pred_source='vertices', target_source='joints3d')
test_evaluator = [
    dict(type='ProtocolJointError', **_sources, **_released),
    dict(
        type='ProtocolVertexError',
        joint_set='smpl24',
        root='pelvis',
        **_released),
    dict(type='PaddedAccelError', **_sources, **_released),
    dict(type='ProtocolJointError', **_sources, **_corrected),
    dict(type='ProtocolVertexError', **_corrected),
    dict(type='ProtocolAccelError', **_sources, **_corrected),
]
