"""ARTS, figure 4: windows of 8 frames."""
_base_ = '../../arts_3dpw.py'

model = dict(
    num_frames=8,
    lifter=dict(
        num_frames=8,
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_frames-08_3dpw/epoch_60.pth')),
    pose_ik=dict(num_frames=8))
train_dataloader = dict(dataset=dict(num_frames=8))
test_dataloader = dict(dataset=dict(num_frames=8))
