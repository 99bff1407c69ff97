"""ARTS, table 3: TIK and BSF, without MCR."""
_base_ = '../../arts_3dpw.py'

model = dict(refiner=dict(_delete_=True, type='NoRefiner'))
