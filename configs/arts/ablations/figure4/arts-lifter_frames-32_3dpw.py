"""ARTS, stage one, figure 4: windows of 32 frames."""
_base_ = '../../arts-lifter_3dpw.py'

model = dict(
    num_frames=32, lifter=dict(num_frames=32), pose_ik=dict(num_frames=32))
train_dataloader = dict(dataset=dict(num_frames=32))
test_dataloader = dict(dataset=dict(num_frames=32))
