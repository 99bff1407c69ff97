"""arts-tiny, table 3: TIK and BSF, without MCR."""
_base_ = '../../arts-tiny_freemotion.py'

model = dict(refiner=dict(_delete_=True, type='NoRefiner'))
