# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch
from torch import nn

from mmarts.engine.benchmark import Subject
from mmarts.registry import MODELS
from projects.arts_release.models import CouplingFlow
from projects.arts_release.models.mesh_residual import AxisConv
from projects.arts_release.plain_release import MaskedFlow, PlainRelease


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def masked_from(flow: CouplingFlow, dead: int) -> MaskedFlow:
    """The same function with all entries; dead ones get random weights."""
    masked = MaskedFlow(flow.dim, dead, len(flow.scales))
    for layer, nets in enumerate(zip(flow.scales, flow.shifts)):
        moved = layer % 2
        for i, ours in enumerate(nets):
            theirs = masked.networks[2 * layer + i]
            theirs[0].weight[:, :flow.dim][:, 1 - moved::2] = ours[0].weight
            theirs[0].bias.copy_(ours[0].bias)
            theirs[2].load_state_dict(ours[3].state_dict())
            theirs[4].weight[moved::2] = ours[6].weight
            theirs[4].bias[moved::2] = ours[6].bias
    return masked


@pytest.mark.parametrize('dead', [0, 10])
def test_a_flow_without_masked_entries_is_the_masked_one(dead):
    flow = CouplingFlow(12, depth=5, hidden_dim=512)
    x = torch.randn(7, 12)
    torch.testing.assert_close(masked_from(flow, dead)(x), flow(x))


def test_a_flow_can_be_undone():
    flow = CouplingFlow(10, depth=6, hidden_dim=16).double()
    x = torch.randn(4, 10, dtype=torch.float64)
    halves = list(flow(x).unflatten(-1, (-1, 2)).unbind(-1))
    for layer in reversed(range(6)):
        moved, kept = halves[layer % 2], halves[1 - layer % 2]
        halves[layer % 2] = ((moved - flow.shifts[layer](kept)) /
                             flow.scales[layer](kept).exp())
    torch.testing.assert_close(torch.stack(halves, -1).flatten(-2), x)


def test_axis_convolution_is_the_usual_one():
    conv, usual = (kind(5, 7, 3, padding=1) for kind in (AxisConv, nn.Conv1d))
    usual.load_state_dict(conv.state_dict())
    x = torch.randn(2, 5, 3)
    torch.testing.assert_close(conv(x), usual(x))


def test_the_middle_frame_alone_is_that_of_all_frames(network, monkeypatch):
    inputs = Subject(network, '').inputs(2)
    middle = network(inputs)
    monkeypatch.setattr(network, 'output_frames', 'all')
    whole = network(inputs)
    for name in ('global_orient', 'body_pose', 'betas', 'transl'):
        torch.testing.assert_close(
            middle[name], whole[name][:, 8:9], atol=1e-5, rtol=1e-5)
    mesh = network.mesh(whole['joints3d_lifted'], inputs['feat'], whole)
    torch.testing.assert_close(middle['mesh'], mesh, atol=1e-5, rtol=1e-5)


def test_what_is_left_out_changes_nothing(network):
    """The network with the release's wasted work gives the same mesh."""
    plain = PlainRelease(network).eval()
    inputs = Subject(network, '').inputs(2)
    ik = network.pose_ik
    plain.flows = nn.ModuleList(
        masked_from(flow, dead) for flow, dead in ((ik.joints_to_swing, 10),
                                                   (ik.swing_to_rotation, 0)))
    norm, _ = network.normalizer(inputs['keypoints2d'], None, None,
                                 inputs['image_size'])
    torch.testing.assert_close(
        plain(norm, inputs['feat']),
        network(inputs)['mesh'][:, 0],
        atol=1e-5,
        rtol=1e-5)


def test_the_skeletons_place_does_not_turn_the_body(network):
    joints, fused = torch.randn(1, 3, 19, 3), torch.randn(1, 3, 2048)
    here = network.pose_ik(joints, fused)
    there = network.pose_ik(joints + torch.tensor([1., -2, 3]), fused)
    torch.testing.assert_close(here, there, atol=1e-3, rtol=1e-3)


def test_a_template_with_its_own_bones_stays(network):
    fitter = network.shape_fitter
    parent, child = map(list, zip(*fitter.bones))
    bones = (fitter.template[child] - fitter.template[parent]).norm(dim=-1)
    # The right eye is moved by two bones, and by the second from there.
    torch.testing.assert_close(
        fitter.align(bones[None])[0], fitter.template, atol=1e-6, rtol=0)


def test_the_first_bone_gets_the_length_that_the_release_gives_it(network):
    fitter = network.shape_fitter
    start, end = fitter.bones[0]
    size = (fitter.template[end] - fitter.template[start]).norm()
    length = 1.3 * size
    lengths = torch.ones(1, len(fitter.bones)) * length
    made = fitter.align(lengths)[0]
    expected = size + (length / size - 1) * length * size
    torch.testing.assert_close((made[end] - made[start]).norm(), expected)
    assert (expected - length).abs() > 1e-3


def test_a_lifter_alone_has_no_other_parts(load_config):
    config = load_config('arts-release-lifter_h36m.py').model
    lifter = MODELS.build(config).eval()
    assert {k.partition('.')[0] for k in lifter.state_dict()} == {'lifter'}
    inputs = Subject(lifter, '').inputs(1)
    assert lifter(inputs)['joints3d_lifted'].shape == (1, 16, 17, 3)
    with pytest.raises(ValueError, match='lifter alone'):
        lifter.set_stage('full')


@pytest.mark.robustness
def test_a_mean_mesh_of_another_body_is_an_error(load_config, tmp_path):
    path = tmp_path / 'mean.npy'
    np.save(path, np.zeros((5, 3)))
    config = load_config('arts-release_3dpw.py').model
    with pytest.raises(ValueError, match=r'\(440, 3\), but is \(5, 3\)'):
        MODELS.build(dict(config, mean_vertices=str(path)))
