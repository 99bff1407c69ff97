"""ARTS, table 5: CPN 2D input on Human3.6M, which is arts_h36m.py's."""
_base_ = '../../arts_h36m.py'

model = dict(
    lifter=dict(
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_2d-cpn_h36m/epoch_60.pth')))
