"""arts-tiny, table 5: ground-truth 2D input."""
_base_ = '../../arts-tiny_freemotion.py'

train_dataloader = dict(dataset=dict(noise=None))
