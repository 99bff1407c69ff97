"""Decoders of full 3x3 convolutions in the small PointHMR.

Table 1's, but for the heatmaps' 431 channels inside, which would take ten
times as long as all the rest: there are 128.
"""
_base_ = '../../pointhmr-blazepose_freemotion.py'

full = dict(_delete_=True, type='ConvFirstDecoder')
model = dict(
    sampler=dict(
        heatmap=dict(full, dim=128), feature=full, grid=dict(full, depth=1)))
