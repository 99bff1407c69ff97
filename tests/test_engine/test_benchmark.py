# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Times, operations and inputs of a benchmark."""
import time
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmarts.engine.benchmark import (build_subject, count_flops,
                                     count_parameters, loop_seconds,
                                     matmul_gflops, precision, spread_of,
                                     synthetic_track, windows_seconds)

CONFIG = 'configs/arts/{}.py'


def model_of(name):
    return Config.fromfile(CONFIG.format(name)).model


@pytest.fixture(scope='module')
def tiny():
    return build_subject(model_of('arts-tiny_freemotion'), vertices='all')


def small_paper(**kwargs):
    """The paper's config with the sizes of a test."""
    model = model_of('arts_3dpw')
    model.lifter.update(dim=16, num_heads=2)
    return build_subject(model, **kwargs)


def test_operations_of_a_product_and_of_attention():
    linear, rows = nn.Linear(5, 7, bias=False), torch.randn(3, 5)
    net = nn.Sequential(linear)
    assert count_flops(lambda: net(rows)) == (2 * 3 * 5 * 7, {
        '0': 2 * 3 * 5 * 7
    })
    q = torch.randn(2, 4, 6, 8)  # two batches, four heads

    def attend():
        return nn.functional.scaled_dot_product_attention(q, q, q)

    assert count_flops(attend)[0] == 2 * 4 * 2 * (2 * 6 * 6 * 8)


def test_operations_grow_with_the_batch_alone(tiny):
    one, parts = count_flops(lambda: tiny(tiny.inputs(1)))
    three, _ = count_flops(lambda: tiny(tiny.inputs(3)))
    assert three == 3 * one
    assert 0.5 * one < sum(parts.values()) <= one
    assert {'lifter', 'pose_ik', 'refiner'} <= set(parts)


def test_frozen_parameters_are_told_apart():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    net[0].requires_grad_(False)
    assert count_parameters(net) == (9 + 16, 16)


def test_the_spread_is_that_of_the_calls():
    waits = iter([0.2, 0.01, 0.03, 0.02, 0.05, 0.04])  # the first warms up
    spread = spread_of(lambda: time.sleep(next(waits)), warm_up=1, repeats=5)
    assert 0.01 <= spread.low < 0.02 <= spread.q25 <= spread.median
    assert 0.03 <= spread.median <= spread.q75 < 0.2
    assert spread.cpu < 0.01  # sleeping is no work


def test_the_reference_is_a_speed():
    assert 0.1 < matmul_gflops(repeats=2) < 1e5


def test_bfloat16_is_where_the_products_are():
    linear, x = nn.Linear(4, 4), torch.randn(2, 4)
    with torch.no_grad(), precision('cpu', 'bfloat16'):
        assert linear(x).dtype == torch.bfloat16
    with precision('cpu', 'float32'):
        assert linear(x).dtype == torch.float32


def test_bfloat16_rounds_a_little():
    exact, rounded = (
        build_subject(model_of('arts-tiny_freemotion'), dtype=dtype)
        for dtype in ('float32', 'bfloat16'))
    with torch.no_grad():
        inputs = exact.inputs(2)
        one, two = (
            subject(inputs)['joints3d_lifted'] for subject in (exact, rounded))
    assert 1e-5 < (two - one).norm() / one.norm() < 0.02
    with rounded.precision():
        assert not torch.is_autocast_enabled('cpu')
    with pytest.raises(ValueError, match='float16'):
        build_subject(model_of('arts-tiny_freemotion'), dtype='float16')


@pytest.mark.parametrize('vertices, frames', [('mid', 1), ('all', 16)])
def test_a_licensed_body_is_replaced_by_one_of_its_size(vertices, frames):
    subject = small_paper(vertices=vertices)
    assert 'stand-in' in subject.body
    body = subject.model.body_model
    assert body.posedirs.shape == (6890, 3, 207) and body.posedirs.any()
    with torch.no_grad():
        out = subject(subject.inputs(2))
    assert out['vertices'].shape == (2, frames, 6890, 3)
    assert out['vertices'].isfinite().all()


def test_the_free_body_and_no_vertices():
    subject = small_paper(body='free', vertices='none')
    assert not subject.model.body_model.has_posedirs
    with torch.no_grad():
        assert 'vertices' not in subject(subject.inputs(1))


def test_a_mesh_of_the_middle_frame_is_that_of_all_frames(tiny):
    inputs = tiny.inputs(1)
    middle = build_subject(model_of('arts-tiny_freemotion'))
    middle.model.load_state_dict(tiny.model.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(
            middle(inputs)['vertices'],
            tiny(inputs)['vertices'][:, [8]],
            atol=1e-5,
            rtol=0)


def test_a_lifter_has_no_vertices():
    model = model_of('arts-tiny_freemotion')
    model.stage = 'lifter'
    subject = build_subject(model, vertices='all')
    with torch.no_grad():
        assert set(subject(subject.inputs(1))) == {'joints3d_lifted'}


def test_windows_of_a_frame_each_cost_more(tiny):
    track = synthetic_track(tiny, 24)
    with torch.no_grad():
        loop = loop_seconds(tiny, track, repeats=3)
        windows = windows_seconds(tiny, track, 8, repeats=2)
        bare = windows_seconds(tiny, track, 8, meshes=False, repeats=2)
    assert bare.cpu < windows.cpu < loop.cpu


@pytest.mark.robustness
def test_mistakes_say_what_to_do(tmp_path):
    tiny = model_of('arts-tiny_freemotion')
    with pytest.raises(ValueError, match='"smpl" is none of'):
        build_subject(tiny, body='smpl')
    with pytest.raises(ValueError, match='no device "cuda:77" here'):
        build_subject(tiny, device='cuda:77')
    with pytest.raises(FileNotFoundError, match='SMPL_NEUTRAL.pkl'):
        build_subject(model_of('arts_3dpw'), body='config')
    with pytest.raises(ValueError, match='repeats >= 1'):
        spread_of(SimpleNamespace, repeats=0)


@pytest.mark.robustness
def test_weights_of_another_network_are_refused(trained):
    checkpoint = str(trained / 'iter_6.pth')
    build_subject(model_of('arts-tiny_freemotion'), checkpoint=checkpoint)
    with pytest.raises(ValueError, match='do not fit the config'):
        build_subject(model_of('arts_freemotion'), checkpoint=checkpoint)
