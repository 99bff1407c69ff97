# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import roma
import torch

from mmarts.datasets.pictures.augmentation import (SIDES, ClipAugmentation,
                                                   PictureChange, recolour)
from mmarts.datasets.pictures.mirror import mirror_rotations, mirror_sample
from mmarts.structures import BodyParams, MeshDataSample, get_joint_set

SMPL = get_joint_set('smpl24')


@pytest.mark.parametrize('side', SIDES)
def test_the_side_that_is_named_is_blanked(side):
    clip = np.full((3, 10, 10, 3), 200, np.uint8)
    out = recolour(clip, PictureChange(1., erased=0.4, side=side))
    blank = (out == 0).all((0, 3))
    along = {'left': blank.T, 'right': blank.T[::-1], 'top': blank}
    rows = along.get(side, blank[::-1])
    assert rows[:4].all() and not rows[4:].any()


def test_hue_turns_and_grey_stays():
    red = np.zeros((1, 2, 2, 3), np.uint8)
    red[..., 0] = 200
    green = recolour(red, PictureChange(1., colour=[('hue', 1 / 3)]))
    assert green[0, 0, 0].tolist() == [0, 200, 0]
    grey = np.full((1, 2, 2, 3), 90, np.uint8)
    for name in ('hue', 'saturation', 'contrast'):
        out = recolour(grey, PictureChange(1., colour=[(name, 0.7)]))
        assert np.abs(out.astype(int) - 90).max() <= 1
    bright = recolour(grey, PictureChange(1., colour=[('brightness', 1.1)]))
    assert (bright == 99).all()


def test_chances_are_kept():
    draw = ClipAugmentation(crop=0.2, mirror=0.5, erase=0.3, colour=0.3).draw
    changes = [draw(np.random.default_rng(i)) for i in range(2000)]
    shares = [
        np.mean([c.scale != 1.3 for c in changes]),
        np.mean([c.mirror for c in changes]),
        np.mean([c.erased > 0 for c in changes])
    ]
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=0.04)
    assert max(c.erased for c in changes) < 0.7
    factors = [dict(c.colour)['contrast'] for c in changes]
    assert 0.7 <= min(factors) < 0.75 and 1.25 < max(factors) <= 1.3


def test_mirroring_all_24_rotations_twice_changes_nothing():
    turns = roma.random_rotmat((5, 24))
    once = mirror_rotations(turns, SMPL)
    torch.testing.assert_close(mirror_rotations(once, SMPL), turns)
    assert (once - turns).abs().amax((0, 2, 3)).min() > 0.1
    assert torch.det(once).min() > 0.99


def test_a_mirrored_pose_makes_the_mirrored_skeleton(free_body):
    """The free body is symmetric."""
    turns = roma.rotvec_to_rotmat(0.3 * torch.randn(4, 24, 3))
    betas = torch.zeros(4, free_body.num_betas)
    sample = MeshDataSample()
    joints = free_body.joints(
        BodyParams(turns[:, :1], turns[:, 1:], betas), 'smpl24')
    sample.set_target('joints3d_rel', joints - joints[:, :1])
    sample.set_target('global_orient', turns[:, :1])
    sample.set_target('body_pose', turns[:, 1:])
    mirror_sample(sample, SMPL, SMPL)
    again = free_body.joints(
        BodyParams(sample.global_orient, sample.body_pose, betas), 'smpl24')
    torch.testing.assert_close(
        again - again[:, :1], sample.joints3d_rel, atol=6e-3, rtol=0)
