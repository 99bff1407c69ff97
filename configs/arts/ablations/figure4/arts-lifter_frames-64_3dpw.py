"""ARTS, stage one, figure 4: windows of 64 frames."""
_base_ = '../../arts-lifter_3dpw.py'

model = dict(
    num_frames=64, lifter=dict(num_frames=64), pose_ik=dict(num_frames=64))
train_dataloader = dict(dataset=dict(num_frames=64))
test_dataloader = dict(dataset=dict(num_frames=64))
