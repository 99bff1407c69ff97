"""arts-tiny, widening: the errors of a good detector, not the measured."""
_base_ = './arts-tiny_all_freemotion.py'

train_dataloader = dict(
    dataset=dict(
        noise=dict(
            _delete_=True, max_std=0.01, clean=0.4, miss=0.01, swap=0.02)))
