"""ARTS, figure 4: windows of 4 frames."""
_base_ = '../../arts_3dpw.py'

model = dict(
    num_frames=4,
    lifter=dict(
        num_frames=4,
        init_cfg=dict(
            checkpoint='work_dirs/arts-lifter_frames-04_3dpw/epoch_60.pth')),
    pose_ik=dict(num_frames=4))
train_dataloader = dict(dataset=dict(num_frames=4))
test_dataloader = dict(dataset=dict(num_frames=4))
