"""ARTS on the 3D datasets, tested on MPI-INF-3DHP, after its lifter."""
_base_ = [
    '../_base_/models/arts.py', '../_base_/datasets/arts_3d_mpi.py',
    '../_base_/schedules/adam_30e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    lifter=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint='work_dirs/arts-lifter_mpi-inf-3dhp/epoch_60.pth',
            prefix='lifter.')))
