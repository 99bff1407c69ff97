"""INT's release, phase 2: its losses, and Adam with L2 of 1e-5."""
_base_ = [
    '../_base_/models/int_release.py', '../_base_/datasets/int_phase2.py',
    '../_base_/schedules/adam_100e.py', '../_base_/default_runtime.py'
]

model = dict(body_model={{_base_.body_model}}, losses=dict(velocity=None))
optim_wrapper = dict(optimizer=dict(weight_decay=1e-5))
load_from = 'work_dirs/int-release_phase1_mix/epoch_100.pth'
