"""arts-tiny, widening: without other speeds."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(variety=dict(speed=(1., 1.))))
