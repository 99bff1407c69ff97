"""INT, second phase: the whole network on video and images, after phase 1."""
_base_ = [
    '../_base_/models/int.py', '../_base_/datasets/int_phase2.py',
    '../_base_/schedules/adam_100e.py', '../_base_/default_runtime.py'
]

model = dict(body_model={{_base_.body_model}}, losses=dict(velocity=None))
load_from = 'work_dirs/int_phase1_mix/epoch_100.pth'
