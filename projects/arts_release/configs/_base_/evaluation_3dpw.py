"""3DPW by the release's protocol, and by one without its oddities.

Both score middle frames of windows at every frame, joints read off the mesh
that is predicted. They differ in the windows (`ReleaseWindows`), the root of
MPVPE and the ends of Accel.
"""
_base_ = '../../../../configs/_base_/datasets/pw3d.py'

test_dataloader = dict(dataset=dict(type='ReleaseWindows'))
_released = dict(
    protocol='arts-release',
    prefix='3dpw-arts-release',
    body_model={{_base_.body_model}})
_corrected = dict(
    protocol='corrected',
    prefix='3dpw-corrected',
    body_model={{_base_.body_model}})
test_evaluator = [
    dict(type='ProtocolJointError', pred_source='vertices', **_released),
    dict(
        type='ProtocolVertexError',
        joint_set='smpl24',
        root='pelvis',
        **_released),
    dict(type='PaddedAccelError', pred_source='vertices', **_released),
    dict(type='ProtocolJointError', pred_source='vertices', **_corrected),
    dict(type='ProtocolVertexError', **_corrected),
    dict(type='ProtocolAccelError', pred_source='vertices', **_corrected),
]
