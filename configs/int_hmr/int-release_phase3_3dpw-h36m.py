"""INT's release, phase 3: 4 clips a GPU, 50 epochs, decay at 30 and 40."""
_base_ = [
    '../_base_/models/int_release.py', '../_base_/datasets/int_phase3.py',
    '../_base_/schedules/sgd_40e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}}, losses=dict(norm=dict(loss_weight=0.01)))
train_dataloader = dict(batch_size=4, dataset=dict(sizes=dict(video3d=4)))
test_dataloader = dict(dataset=dict(num_frames=64, interval=2))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[30, 40], gamma=0.1, by_epoch=True)
]
train_cfg = dict(max_epochs=50)
load_from = 'work_dirs/int-release_phase2_mix/epoch_100.pth'
