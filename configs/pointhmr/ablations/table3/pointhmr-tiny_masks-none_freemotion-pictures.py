"""PointHMR, supplement's Table 3: no masks."""
_base_ = '../../pointhmr-tiny_freemotion-pictures.py'

model = dict(transformer=dict(hops=(None, None, None, None)))
