"""ARTS, figure 4: windows of 32 frames."""
_base_ = '../../arts_3dpw.py'

model = dict(
    num_frames=32,
    lifter=dict(
        num_frames=32,
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_frames-32_3dpw/epoch_60.pth')),
    pose_ik=dict(num_frames=32))
train_dataloader = dict(dataset=dict(num_frames=32))
test_dataloader = dict(dataset=dict(num_frames=32))
