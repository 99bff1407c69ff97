"""ARTS, table 4: frame-wise IK tested with 2 % skeleton noise."""
_base_ = './arts_ik-frame_3dpw.py'

model = dict(skeleton_noise=dict(type='SkeletonNoise', std=0.02))
