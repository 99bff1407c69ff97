"""arts-tiny, widening: without turned joints."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(dataset=dict(variety=dict(pose_std=0.)))
