"""PointHMR, Table 3: masks of 3 and 1 in the last two encoders."""
_base_ = '../../pointhmr-blazepose_freemotion.py'

model = dict(transformer=dict(hops=(None, None, 3, 1)))
