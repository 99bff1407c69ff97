# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Left and right that a detector exchanges are put back, and only those."""
import numpy as np
import pytest

from mmarts.apis.pose2d import Pose2D
from mmarts.apis.sides import steady_sides
from mmarts.apis.tracking import TrackBuilder
from mmarts.datasets import FreeMotion
from mmarts.structures import get_joint_set

JOINTS = get_joint_set('coco19')
FLIP = np.array(JOINTS.flip_indices)


def person(seed, frames=90, fps=30.):
    """Exact keypoints of test clips; everything seen."""
    dataset = FreeMotion('test', num_frames=frames, fps=fps, seed=seed)
    points = dataset[seed % len(dataset)]['inputs']['keypoints2d'].numpy()
    boxes = np.concatenate([points.min(1), points.max(1)], -1)
    return points, np.ones(points.shape[:2], np.float32), boxes


def exchanged(points, frames, joints=slice(None)):
    wrong = points.copy()
    for frame in frames:
        wrong[frame, joints] = points[frame][FLIP][joints]
    return wrong


@pytest.mark.parametrize('seed', range(6))
def test_what_is_right_stays(seed):
    points, scores, boxes = person(seed)
    source = steady_sides(points, scores, boxes, 30.)
    assert (source == np.arange(19)).all()


@pytest.mark.parametrize('seed', range(6))
@pytest.mark.parametrize('frames', [[20], range(30, 45), [7, 9, 11, 60, 61]])
def test_exchanged_frames_are_put_back(seed, frames):
    points, scores, boxes = person(seed)
    wrong = exchanged(points, frames)
    source = steady_sides(wrong, scores, boxes, 30.)
    mended = np.take_along_axis(wrong, source[..., None], 1)
    # Where both sides lie on each other, either is as good as the other.
    side = (boxes[:, 2:] - boxes[:, :2]).max(-1)[:, None]
    error = np.linalg.norm(mended - points, axis=-1) / side
    before = np.linalg.norm(wrong - points, axis=-1) / side
    assert error.sum() < 0.25 * before.sum()


def test_legs_alone_are_put_back():
    points, scores, boxes = person(0)
    legs = [i for i, n in enumerate(JOINTS.joints)
            if n[2:] in ('Hip', 'Knee', 'Ankle')]  # yapf: disable
    wrong = exchanged(points, range(40, 46), legs)
    source = steady_sides(wrong, scores, boxes, 30.)
    mended = np.take_along_axis(wrong, source[..., None], 1)
    np.testing.assert_array_equal(mended, points)


def test_one_frame_and_joints_unseen():
    points, scores, boxes = person(1, frames=16)
    for n in (1, 16):
        source = steady_sides(points[:n], 0 * scores[:n], boxes[:n], 30.)
        assert (source == np.arange(19)).all()


def test_tracks_are_mended_and_say_so():
    points, scores, boxes = person(2)
    wrong = exchanged(points, range(50, 58))
    builder = TrackBuilder(30., (4000, 4000), max_jump=10.)
    for p, s, b in zip(wrong, scores, boxes):
        builder.add(Pose2D(p, s, b, np.zeros((33, 3), np.float32)))
    track, = builder.finish()
    np.testing.assert_array_equal(track.keypoints2d, points)
    assert any('left and right' in m and '8 frame' in m
               for m in builder.messages)
