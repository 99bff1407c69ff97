"""arts-tiny, figure 4: windows of 16 frames."""
_base_ = '../../arts-tiny_freemotion.py'

# Every length is trained and tested on the same clips.
train_dataloader = dict(dataset=dict(min_frames=64))
val_dataloader = dict(dataset=dict(min_frames=64))
test_dataloader = dict(dataset=dict(min_frames=64))
