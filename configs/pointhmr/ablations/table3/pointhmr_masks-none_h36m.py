"""PointHMR, supplement's Table 3: no masks."""
_base_ = '../../pointhmr_h36m.py'

model = dict(transformer=dict(hops=(None, None, None, None)))
