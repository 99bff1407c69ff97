"""ARTS, stage one, table 5: CPN 2D, which is arts-lifter_h36m.py's."""
_base_ = '../../arts-lifter_h36m.py'
