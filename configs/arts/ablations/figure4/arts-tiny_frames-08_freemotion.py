"""arts-tiny, figure 4: windows of 8 frames."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    num_frames=8,
    lifter=dict(num_frames=8),
    frame_step=2,
    pose_ik=dict(num_frames=8))
# Every length is trained and tested on the same clips.
clips = dict(num_frames=8, min_frames=64)
train_dataloader = dict(dataset=clips)
val_dataloader = dict(dataset=dict(stride=4, **clips))
test_dataloader = dict(dataset=dict(stride=4, **clips))
