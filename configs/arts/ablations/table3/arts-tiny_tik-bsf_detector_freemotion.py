"""arts-tiny, table 3, with a detector's errors: TIK and BSF, without MCR."""
_base_ = '../../arts-tiny_detector_freemotion.py'

model = dict(refiner=dict(_delete_=True, type='NoRefiner'))
