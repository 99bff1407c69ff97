"""INT, first phase: the base model on images, after ImageNet's weights."""
_base_ = [
    '../_base_/models/int.py', '../_base_/datasets/int_phase1.py',
    '../_base_/schedules/adam_100e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    temporal=None,
    losses=dict(velocity=None),
    tokens=dict(init_cfg={{_base_.imagenet}}))
