"""The same with TIK and BSF, without MCR."""
_base_ = './arts-tiny_eq11_freemotion.py'

model = dict(refiner=dict(_delete_=True, type='NoRefiner'))
