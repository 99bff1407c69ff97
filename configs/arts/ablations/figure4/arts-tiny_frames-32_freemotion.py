"""arts-tiny, figure 4: windows of 32 frames."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    num_frames=32,
    lifter=dict(num_frames=32),
    frame_step=4,
    pose_ik=dict(num_frames=32))
# Every length is trained and tested on the same clips.
clips = dict(num_frames=32, min_frames=64)
train_dataloader = dict(dataset=clips)
val_dataloader = dict(dataset=dict(stride=16, **clips))
test_dataloader = dict(dataset=dict(stride=16, **clips))
