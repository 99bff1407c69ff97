# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Folding changes the work, not the outputs."""
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from toy_pointhmr import build, make, sampler_config

from mmarts.models.decoders import fold_for_inference
from mmarts.models.layers.winograd_conv import WinogradConv2d


@pytest.mark.parametrize('size', [(1, 1), (4, 8), (7, 9), (14, 13)])
def test_winograd_is_the_convolution(size):
    weight = torch.randn(5, 3, 3, 3).double()
    bias, x = torch.randn(5).double(), torch.randn(2, 3, *size).double()
    torch.testing.assert_close(
        WinogradConv2d(weight, bias)(x), F.conv2d(x, weight, bias, padding=1))


def shuffle_norms(model):
    """Running means and variances of a network that has seen pictures."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)


@torch.no_grad()
@pytest.mark.parametrize('kind', ['ConvFirstDecoder', 'ConvLastDecoder'])
def test_folded_outputs_are_the_same(kind):
    model = make(
        sampler=sampler_config(kind, dim=144),
        transformer=dict(
            type='MaskedMeshTransformer',
            num_grid=64,
            dim=144,
            reduced_dim=16,
            layers=1,
            hidden_dims=(16, 16)))
    shuffle_norms(model)
    folded = fold_for_inference(model)
    assert any(isinstance(m, WinogradConv2d) for m in folded.modules())
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    assert any(isinstance(m, nn.BatchNorm2d) for m in model.modules())
    image = dict(image=torch.randn(1, 1, 3, 64, 64))
    own, other = model.outputs(image), folded.outputs(image)
    for key in own:
        torch.testing.assert_close(
            other[key], own[key], atol=1e-4, rtol=1e-4, msg=key)


@torch.no_grad()
def test_folding_for_half_precision_leaves_convolutions_to_the_processor():
    model = make(sampler=sampler_config('ConvLastDecoder', dim=16))
    shuffle_norms(model)
    folded = fold_for_inference(model, half_precision=True)
    kinds = (WinogradConv2d, nn.BatchNorm2d)
    assert not any(isinstance(m, kinds) for m in folded.modules())
    image = dict(image=torch.randn(1, 1, 3, 64, 64))
    own, other = model.outputs(image), folded.outputs(image)
    for key in own:
        torch.testing.assert_close(
            other[key], own[key], atol=1e-4, rtol=1e-4, msg=key)


@torch.no_grad()
def test_the_light_decoder_costs_a_fifth_of_the_decoders_work():
    from mmarts.engine.benchmark import count_flops
    fine, coarse = torch.randn(1, 32, 56, 56), torch.randn(1, 256, 7, 7)
    flops = []
    for kind in ('ConvFirstDecoder', 'SeparableDecoder'):
        light = dict(dim=128) if kind == 'SeparableDecoder' else {}
        sampler = build(
            dict(
                type='PointSampler',
                heatmap=dict(type=kind, **light),
                feature=dict(type=kind, **light),
                grid=dict(type=kind, depth=1, **light)))
        flops.append(count_flops(lambda: sampler(fine, coarse))[0])
    assert flops[1] < flops[0] / 5
