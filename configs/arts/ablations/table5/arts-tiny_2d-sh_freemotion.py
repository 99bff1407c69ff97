"""arts-tiny, table 5: 2D input with errors of stacked-hourglass size."""
_base_ = '../../arts-tiny_freemotion.py'

noise = dict(max_std=0.0176, clean=0.0, miss=0.01, swap=0.02)
train_dataloader = dict(dataset=dict(noise=noise))
val_dataloader = dict(dataset=dict(noise=noise))
test_dataloader = dict(dataset=dict(noise=noise))
