"""arts-tiny, widening: the motion as it was captured."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(variety=None))
