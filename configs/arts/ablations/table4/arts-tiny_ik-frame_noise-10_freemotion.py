"""arts-tiny, table 4: frame-wise IK tested with 10 % skeleton noise."""
_base_ = './arts-tiny_ik-frame_freemotion.py'

model = dict(skeleton_noise=dict(type='SkeletonNoise', std=0.10))
