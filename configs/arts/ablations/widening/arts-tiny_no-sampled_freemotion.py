"""arts-tiny, widening: without sampled poses."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(variety=dict(sampled=0.)))
