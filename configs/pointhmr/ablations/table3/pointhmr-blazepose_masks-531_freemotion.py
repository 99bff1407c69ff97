"""PointHMR, Table 3: masks of 5, 3 and 1 in the last three encoders."""
_base_ = '../../pointhmr-blazepose_freemotion.py'

model = dict(transformer=dict(hops=(None, 5, 3, 1)))
