"""INT, third phase: 3DPW and Human3.6M, after phase 2; T = 64 in tests."""
_base_ = [
    '../_base_/models/int.py', '../_base_/datasets/int_phase3.py',
    '../_base_/schedules/sgd_40e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}}, losses=dict(norm=dict(loss_weight=0.01)))
test_dataloader = dict(dataset=dict(num_frames=64, interval=2))
load_from = 'work_dirs/int_phase2_mix/epoch_100.pth'
