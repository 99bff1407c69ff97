"""arts-tiny, widening: trained with exact 2D keypoints."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(noise=None))
