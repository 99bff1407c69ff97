# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PointHMR with few channels, on the free body."""
import torch
from mmengine.registry import init_default_scope

from mmarts.registry import MODELS

SIDE = 64  # of its pictures, pixels


def build(config):
    init_default_scope('mmarts')
    torch.manual_seed(0)
    return MODELS.build(config).eval()


def sampler_config(kind='SeparableDecoder', **changes):
    light = dict(dim=8) if kind == 'SeparableDecoder' else {}
    part = dict(type=kind, depth=1, **light)
    return dict(
        dict(
            type='PointSampler',
            heatmap=part,
            feature=part,
            grid=part,
            in_dims=(32, 64),
            dim=16), **changes)


def make(**changes):
    parts = dict(
        type='PointHMR',
        body_model=dict(type='FreeBody'),
        backbone=dict(
            type='ResNet', blocks=(1, 1), base_channels=8, out_stages=(0, 1)),
        sampler=sampler_config(),
        transformer=dict(
            type='MaskedMeshTransformer',
            num_grid=(SIDE // 8)**2,
            dim=16,
            reduced_dim=16,
            layers=1,
            hidden_dims=(16, 16)),
        projection=dict(type='WeakPerspective'),
        losses=dict(
            joint=dict(type='MaskedMSELoss'),
            keypoints2d=dict(type='MaskedMSELoss'),
            vertices=dict(type='MaskedL1Loss'),
            heatmap=dict(type='HeatmapLoss')))
    return build(dict(parts, **changes))
