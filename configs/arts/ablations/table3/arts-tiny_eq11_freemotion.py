"""arts-tiny, trained by eq. 11 and the lifter's loss, no velocities."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    losses=dict(
        _delete_=True,
        mesh=dict(type='MaskedL1Loss', loss_weight=1.0),
        joint=dict(type='MaskedL1Loss', loss_weight=1.0),
        pose=dict(type='MaskedMSELoss', loss_weight=0.06),
        shape=dict(type='MaskedMSELoss', loss_weight=0.06),
        lift=dict(type='MaskedL1Loss')))
