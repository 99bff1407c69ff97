"""INT's release, phase 1: its losses, and Adam with L2 of 1e-5."""
_base_ = [
    '../_base_/models/int_release.py', '../_base_/datasets/int_phase1.py',
    '../_base_/schedules/adam_100e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    temporal=None,
    losses=dict(velocity=None),
    tokens=dict(init_cfg={{_base_.imagenet}}))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-5))
