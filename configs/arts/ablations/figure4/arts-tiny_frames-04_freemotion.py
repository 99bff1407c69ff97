"""arts-tiny, figure 4: windows of 4 frames."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(
    num_frames=4,
    lifter=dict(num_frames=4),
    frame_step=1,
    pose_ik=dict(num_frames=4))
# Every length is trained and tested on the same clips.
clips = dict(num_frames=4, min_frames=64)
train_dataloader = dict(dataset=clips)
val_dataloader = dict(dataset=dict(stride=2, **clips))
test_dataloader = dict(dataset=dict(stride=2, **clips))
