"""ARTS, stage one, figure 4: windows of 8 frames."""
_base_ = '../../arts-lifter_3dpw.py'

model = dict(
    num_frames=8, lifter=dict(num_frames=8), pose_ik=dict(num_frames=8))
train_dataloader = dict(dataset=dict(num_frames=8))
test_dataloader = dict(dataset=dict(num_frames=8))
