"""arts-tiny, validated and tested with the errors of a 2D detector."""
_base_ = './arts-tiny_freemotion.py'

# Every track has some; the same level that training reaches.
noise = dict(max_std=0.01, clean=0.0, miss=0.01, swap=0.02)
val_dataloader = dict(dataset=dict(noise=noise))
test_dataloader = dict(dataset=dict(noise=noise))
