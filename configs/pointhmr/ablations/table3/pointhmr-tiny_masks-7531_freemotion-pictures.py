"""PointHMR, Table 3: masks of 7, 5, 3 and 1."""
_base_ = '../../pointhmr-tiny_freemotion-pictures.py'

model = dict(transformer=dict(hops=(7, 5, 3, 1)))
