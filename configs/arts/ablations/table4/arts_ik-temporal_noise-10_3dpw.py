"""ARTS, table 4: temporal IK tested with 10 % skeleton noise."""
_base_ = '../../arts_3dpw.py'

model = dict(skeleton_noise=dict(type='SkeletonNoise', std=0.10))
