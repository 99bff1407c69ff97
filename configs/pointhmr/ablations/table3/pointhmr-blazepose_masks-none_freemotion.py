"""PointHMR, supplement's Table 3: no masks."""
_base_ = '../../pointhmr-blazepose_freemotion.py'

model = dict(transformer=dict(hops=(None, None, None, None)))
