"""arts-tiny, widening: without limbs of other windows."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(variety=dict(splice=0.)))
