"""ARTS on 3DPW and the 3D datasets, after arts-lifter_3dpw.py."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/arts_3d.py',
    '../_base_/schedules/adam_30e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    lifter=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/arts-lifter_3dpw/epoch_60.pth',
            prefix='lifter.')))
