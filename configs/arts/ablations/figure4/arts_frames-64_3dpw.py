"""ARTS, figure 4: windows of 64 frames."""
_base_ = '../../arts_3dpw.py'

model = dict(
    num_frames=64,
    lifter=dict(
        num_frames=64,
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_frames-64_3dpw/epoch_60.pth')),
    pose_ik=dict(num_frames=64))
train_dataloader = dict(dataset=dict(num_frames=64))
test_dataloader = dict(dataset=dict(num_frames=64))
