# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Test-time augmentation, with a network that sees exactly what is there."""
from types import SimpleNamespace

import pytest
import torch

from mmarts.models.estimators import ViewEnsemble
from mmarts.models.estimators.view_ensemble import changed, undone

SIDE = 96
SPOTS = torch.tensor([[-0.3, -0.2], [0.35, 0.1], [0.05, 0.4]])
MEAN, STD = (
    torch.tensor(x)[:, None, None] for x in ([0.4, 0.5, 0.3], [0.2, 0.3, 0.2]))
BLACK = -MEAN / STD
PLACES = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1


def picture():
    """A spot in each channel, black elsewhere, normalised."""
    y, x = torch.meshgrid(PLACES, PLACES, indexing='ij')
    away = torch.stack([x, y], -1) - SPOTS[:, None, None]
    light = torch.exp(-away.square().sum(-1) / (2 * 0.05**2))
    return ((light - MEAN) / STD)[None, None]


class Seer:
    """Its mesh is flat: the middles of the spots, of one size in metres."""

    data_preprocessor = SimpleNamespace(image_mean=MEAN, image_std=STD)

    def __init__(self):
        self.seen = []

    def outputs(self, inputs):
        self.seen.append(inputs['image'])
        light = (inputs['image'] * STD + MEAN).clamp(min=0)
        light = light / light.sum((-2, -1), keepdim=True)
        points = torch.stack([(light.sum(-2) * PLACES).sum(-1),
                              (light.sum(-1) * PLACES).sum(-1)], -1)
        middle = points.mean(-2, keepdim=True)
        size = (points - middle).norm(dim=-1).mean(-1)[..., None]
        flat = (points - middle) / size[..., None]
        return dict(
            vertices=torch.cat([flat, torch.zeros_like(flat[..., :1])], -1),
            cam=torch.cat([size, middle[..., 0, :] / size], -1))


def shown(vertices, cam):
    return cam[..., None, :1] * (vertices[..., :2] + cam[..., None, 1:])


@pytest.mark.parametrize('degrees, scale', [(30, 1.), (-100, 1.), (0, 0.8),
                                            (0, 1.2), (45, 0.9)])
def test_what_is_undone_is_what_the_crop_shows(degrees, scale):
    view = changed(picture(), degrees, scale, BLACK)
    out = Seer().outputs(dict(image=view))
    assert (shown(out['vertices'], out['cam']) - SPOTS).abs().max() > 0.05
    undone_out = undone(out['vertices'], out['cam'], degrees, scale)
    torch.testing.assert_close(
        shown(*undone_out)[0, 0], SPOTS, atol=2e-3, rtol=0)


def test_a_turn_is_clockwise_and_what_is_beyond_is_black():
    view = changed(picture(), 90, 1.5, BLACK)
    out = Seer().outputs(dict(image=view))
    # A quarter turn clockwise with y down: (x, y) to (-y, x).
    expected = torch.stack([-SPOTS[:, 1], SPOTS[:, 0]], -1) / 1.5
    torch.testing.assert_close(
        shown(out['vertices'], out['cam'])[0, 0], expected, atol=2e-3, rtol=0)
    torch.testing.assert_close(view[0, 0, :, 0, 0], BLACK.flatten())


@pytest.mark.parametrize('merge', ['known', 'procrustes'])
def test_the_mean_of_a_perfect_network_is_its_own_word(merge):
    model, image = Seer(), picture()
    ensemble = ViewEnsemble((-20, 0, 70), (0.9, 1.), merge)
    vertices, cam = ensemble(model, dict(image=image))
    assert len(model.seen) == 6 and torch.equal(model.seen[0], image)
    plain = model.outputs(dict(image=image))
    torch.testing.assert_close(vertices, plain['vertices'], atol=1e-2, rtol=0)
    torch.testing.assert_close(cam, plain['cam'], atol=1e-2, rtol=0)


def test_procrustes_ignores_what_a_similarity_undoes():
    """A network that is wrong about size where the crop is turned."""

    class Wrong(Seer):

        def outputs(self, inputs):
            factor = 2 if self.seen else 1
            out = super().outputs(inputs)
            return dict(out, vertices=factor * out['vertices'])

    inputs, args = dict(image=picture()), ((0, 30), (1., ))
    plain = Seer().outputs(inputs)
    kept, cam = ViewEnsemble(*args, 'procrustes')(Wrong(), inputs)
    torch.testing.assert_close(kept, plain['vertices'], atol=1e-2, rtol=0)
    assert torch.equal(cam, plain['cam'])
    mean, _ = ViewEnsemble(*args, 'known')(Wrong(), inputs)
    torch.testing.assert_close(
        mean, 1.5 * plain['vertices'], atol=2e-2, rtol=0)


@pytest.mark.robustness
@pytest.mark.parametrize('args', [((10, ), (1., )), ((0, ), (0.9, )),
                                  ((0, ), (1., -1.)),
                                  ((0, ), (1., ), 'median')])
def test_wrong_views_are_one_line(args):
    with pytest.raises(ValueError) as error:
        ViewEnsemble(*args)
    assert '\n' not in str(error.value)
