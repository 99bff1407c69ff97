# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import torch

from mmarts.geometry.camera import intrinsics
from mmarts.models.normalizers import BoxNormalizer, FullImageNormalizer


def make_inputs(scale=1.0, batch=2):
    points = torch.rand(
        batch, 16, 19, 2,
        generator=torch.Generator().manual_seed(0)) * 400 + 100
    size = torch.tensor([1280., 720.]).expand(batch, 2)
    K = intrinsics(torch.full((batch, ), 1400.), size)
    K[:, :2] *= scale
    return points * scale, torch.ones(batch, 16, 19), K, size * scale


def test_full_image_is_the_release_formula():
    points, score, K, size = make_inputs()
    norm, context = FullImageNormalizer()(points, score, K, size)
    torch.testing.assert_close(norm[..., 0], points[..., 0] / 1280 * 2 - 1)
    torch.testing.assert_close(norm[..., 1],
                               points[..., 1] / 1280 * 2 - 720 / 1280)
    assert context.shape == (2, 16, 0)


def test_box_does_not_see_the_resolution():
    norm, context = BoxNormalizer()(*make_inputs())
    norm4k, context4k = BoxNormalizer()(*make_inputs(3.0))
    torch.testing.assert_close(norm, norm4k)
    torch.testing.assert_close(context, context4k)
    assert norm.abs().max() <= 1


def test_box_keeps_motion_and_puts_the_place_into_context():
    points, score, K, size = make_inputs()
    norm, context = BoxNormalizer()(points, score, K, size)
    moved, moved_context = BoxNormalizer()(points + 50, score, K, size)
    torch.testing.assert_close(norm, moved, atol=1e-5, rtol=0)
    torch.testing.assert_close(moved_context[..., :2] - context[..., :2],
                               torch.full((2, 16, 2), 50 / 1400))


def test_a_missed_joint_says_nothing():
    points, score, K, size = make_inputs()
    score[0, 3, 5] = 0
    wild = points.clone()
    wild[0, 3, 5] = 1e5
    norm, _ = BoxNormalizer()(wild, score, K, size)
    same, _ = BoxNormalizer()(points, score, K, size)
    torch.testing.assert_close(norm, same)
    assert torch.equal(norm[0, 3, 5], torch.zeros(2))
