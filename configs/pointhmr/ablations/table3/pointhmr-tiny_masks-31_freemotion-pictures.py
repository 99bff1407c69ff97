"""PointHMR, Table 3: masks of 3 and 1 in the last two encoders."""
_base_ = '../../pointhmr-tiny_freemotion-pictures.py'

model = dict(transformer=dict(hops=(None, None, 3, 1)))
