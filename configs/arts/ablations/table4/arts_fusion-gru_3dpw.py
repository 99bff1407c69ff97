"""ARTS, table 4: features fused by a GRU."""
_base_ = '../../arts_3dpw.py'

model = dict(refiner=dict(_delete_=True, type='GRURefiner'))
