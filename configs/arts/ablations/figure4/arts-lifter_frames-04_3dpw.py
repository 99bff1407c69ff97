"""ARTS, stage one, figure 4: windows of 4 frames."""
_base_ = '../../arts-lifter_3dpw.py'

model = dict(
    num_frames=4, lifter=dict(num_frames=4), pose_ik=dict(num_frames=4))
train_dataloader = dict(dataset=dict(num_frames=4))
test_dataloader = dict(dataset=dict(num_frames=4))
