"""arts-tiny, widening: without mirror images."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(variety=dict(mirror=0.)))
