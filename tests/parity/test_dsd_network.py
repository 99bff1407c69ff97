# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The parts of DSD-SATN against the outputs of its authors' release."""
import os
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from parity import dsd_network, fixture

from mmarts.models.disentangle import IntegralRegression

pytestmark = pytest.mark.parity
CLOSE = dict(rtol=0, atol=1e-5)
SATN_CLOSE = dict(rtol=0, atol=2e-5)


@pytest.fixture(scope='module')
def kit():
    if not os.environ.get('MMARTS_SHARED'):
        pytest.skip('MMARTS_SHARED names no folder of reference material')
    return Path(os.environ['MMARTS_SHARED']) / 'parity' / 'dsd'


@pytest.fixture(scope='module')
def reference(kit):
    with np.load(kit / 'forward.npz') as file:
        return {
            k: torch.as_tensor(file[k])
            for k in file.files if file[k].dtype.kind in 'fi'
        }


@pytest.fixture(scope='module')
def single(kit):
    return dsd_network.single(kit, 0)


@pytest.fixture(scope='module')
def temporal(kit):
    return dsd_network.satn(kit, 0)


def draw(name, *shape):
    return torch.as_tensor(fixture.inputs(name, shape))


def agree(ours, wanted, tolerance):
    torch.testing.assert_close(ours, wanted, check_dtype=False, **tolerance)


@torch.no_grad()
def check_single(model, reference, run):
    skeleton, y = model.features(draw('images', 2, 3, 256, 256))
    agree(skeleton.flatten(1), reference[f'{run}/x_s'], CLOSE)
    agree(y, reference[f'{run}/y'], CLOSE)
    theta = model.parameter_head.theta(y)
    agree(theta, reference[f'{run}/theta85'], CLOSE)


def test_frame_network(single, reference):
    check_single(single, reference, 'single')


@torch.no_grad()
def test_frame_network_with_joints_off_the_middle(single, reference):
    weight = single.heatmap_head.final_layer.weight
    before = weight.clone()
    try:
        weight.mul_(60)
        check_single(single, reference, 'single_peaky')
    finally:
        weight.copy_(before)


@torch.no_grad()
def test_given_keypoints(single, reference):
    maps = single.backbone(draw('images', 2, 3, 256, 256))
    pooled = maps.mean((2, 3))
    agree(single.head.detail(pooled), reference['single/x_d'], CLOSE)
    given = reference['single_kpsgt/kps_gt']
    skeleton = torch.where(given == -2, reference['single/x_s'], given)
    y = single.head(skeleton.unflatten(1, (14, 2)), pooled)
    agree(y, reference['single_kpsgt/y'], CLOSE)
    _, rotmat, _ = single.parameter_head(y)
    agree(rotmat, reference['single_kpsgt/Rs'], CLOSE)


@torch.no_grad()
def test_batch_statistics_as_the_released_evaluation_uses_them(kit, reference):
    model = dsd_network.single(kit, 0).train()
    check_single(model, reference, 'single_trainbn')


def test_integral_regression_alone(reference):
    release = IntegralRegression('release')
    flat = release(4 * draw('heatmap', 2, 14, 64, 64)).flatten(1)
    agree(flat, reference['integral2d/out'], CLOSE)
    deep = release(4 * draw('heatmap3d', 1, 14, 14, 64, 64)).flatten(1)
    agree(deep, reference['integral3d/out'], CLOSE)


@torch.no_grad()
def test_bilinear_alone(single, reference):
    y = single.head.joined(draw('x_s', 3, 28), draw('x_d', 3, 512))
    torch.testing.assert_close(
        y, reference['bilinear/out'], rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_temporal_network(temporal, reference):
    feat = draw('features', 2, 9, 512)
    model = temporal['satn']
    codes = model.encoder.codes(10)
    agree(codes[:, :64], reference['satn/position_table'], CLOSE)
    tokens = model.encode(feat)
    agree(tokens, reference['satn/self_attention_out'], SATN_CLOSE)
    theta = temporal['head'].theta(model.middle(feat))
    agree(theta, reference['satn/theta85'], SATN_CLOSE)
    theta = temporal['head'].theta(model.middle(3 * feat))
    agree(theta, reference['satn/theta85_big_input'], SATN_CLOSE)
    theta = temporal['head'].theta(model.tcn(feat)[:, 0])
    agree(theta, reference['tcn_alone/theta85'], SATN_CLOSE)
    agree(temporal['order'](tokens),
          reference['satn/sorting_logits_unshuffled'], SATN_CLOSE)


@torch.no_grad()
def test_attention_weights(temporal, reference):
    feat = draw('features', 2, 9, 512)
    encoder = temporal['satn'].encoder
    x = feat + encoder.codes(9).float()
    for i, block in enumerate(encoder.blocks):
        weights = block.attention.weights(x).transpose(0, 1).flatten(0, 1)
        agree(weights, reference[f'satn/attn{i}_weights'], SATN_CLOSE)
        x = block(x)
        agree(x, reference[f'satn/enc{i}_out'], SATN_CLOSE)


@torch.no_grad()
def test_shuffling_as_released_moves_codes_with_frames(temporal, reference):
    feat, perm = draw('features', 2, 9, 512), reference['shuffle/perm']
    shuffled = feat[torch.arange(2)[:, None], perm]
    tokens = temporal['satn'].encode(shuffled, positions=perm)
    agree(tokens, reference['shuffle/self_attention_out'], SATN_CLOSE)
    agree(temporal['order'](tokens), reference['shuffle/sorting_logits'],
          SATN_CLOSE)
    back = tokens[torch.arange(2)[:, None], perm.argsort(1)]
    theta = temporal['head'].theta(temporal['satn'].tcn(back)[:, 0])
    agree(theta, reference['shuffle/theta85'], SATN_CLOSE)


@torch.no_grad()
def test_discriminator(kit, reference):
    model = dsd_network.discriminator(kit, 0)
    for theta, key in ((reference['disc/in'], 'disc/out25'),
                       (reference['single/theta85'],
                        'disc/out25_on_single_theta')):
        turns = roma.rotvec_to_rotmat(theta[:, 3:75].unflatten(1, (24, 3)))
        agree(model(turns[:, 1:], theta[:, 75:]), reference[key], CLOSE)
