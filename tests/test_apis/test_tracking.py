# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tracks hold one person each, without gaps in their frames."""
import numpy as np
import pytest

from mmarts.apis.pose2d import Pose2D
from mmarts.apis.tracking import TrackBuilder

SIZE = 640, 480


def pose_at(x, y=200., height=100., score=0.9):
    """Somebody whose box is centred at x, y."""
    box = np.array(
        [x - height / 4, y - height / 2, x + height / 4, y + height / 2],
        np.float32)
    points = np.linspace(box[:2], box[2:], 19).astype(np.float32)
    return Pose2D(points, np.full(19, score, np.float32), box,
                  np.zeros((33, 3), np.float32))


def build(poses, **kwargs):
    builder = TrackBuilder(30., SIZE, **kwargs)
    for pose in poses:
        builder.add(pose)
    return builder.finish(), builder.messages


def test_steady_person_is_one_track():
    tracks, messages = build([pose_at(100 + 4 * i) for i in range(30)])
    assert len(tracks) == 1 and not messages
    track = tracks[0]
    np.testing.assert_array_equal(track.frames, np.arange(30))
    assert track.valid.all() and track.fps == 30 and track.image_size == SIZE
    np.testing.assert_allclose(track.boxes[:, [0, 2]].mean(1),
                               100 + 4 * np.arange(30))


def test_short_gap_is_filled_and_marked():
    poses = [pose_at(100 + 2 * i) for i in range(30)]
    poses[10:15] = [None] * 5
    (track, ), messages = build(poses)
    np.testing.assert_array_equal(
        np.flatnonzero(~track.valid), np.arange(10, 15))
    assert (track.scores[~track.valid] == 0).all()
    assert (track.scores[track.valid] > 0).all()
    # Even motion: interpolation is exact.
    full = np.stack([pose_at(100 + 2 * i).keypoints2d for i in range(30)])
    np.testing.assert_allclose(track.keypoints2d, full, atol=1e-3)
    assert not messages


@pytest.mark.robustness
def test_leaving_and_coming_back_is_one_person_in_two_segments():
    poses = [pose_at(100)] * 20 + [None] * 40 + [pose_at(110)] * 20
    (track, ), messages = build(poses)
    assert track.segments.tolist() == [[0, 20], [60, 80]]
    np.testing.assert_array_equal(~track.valid, ~track.present)
    np.testing.assert_array_equal(
        np.flatnonzero(~track.valid), np.arange(20, 60))
    assert not track.switches.size
    assert messages == [
        'Frame 60 (2.00 s): person 0 is seen again after '
        '1.37 s.'
    ]


@pytest.mark.robustness
@pytest.mark.parametrize(
    'pose, seconds', [
        (pose_at(400), 2),
        (pose_at(110, height=300.), 2),
        (pose_at(110), 11),
    ],
    ids=['elsewhere', 'other size', 'too late'])
def test_who_comes_instead_is_somebody_new(pose, seconds):
    poses = [pose_at(100)] * 20 + [None] * (30 * seconds) + [pose] * 20
    (first, second), messages = build(poses)
    start = 20 + 30 * seconds
    assert first.frames[-1] == 19 and second.frames[0] == start
    assert first.switches.tolist() == second.switches.tolist() == [start]
    assert 'person 1 is followed' in messages[0]
    assert 'with nobody' in messages[0]


@pytest.mark.robustness
def test_jump_to_somebody_else_is_detected_and_reported():
    poses = [pose_at(100)] * 20 + [pose_at(400)] * 20
    (first, second), messages = build(poses)
    assert first.frames[-1] == 19 and second.frames[0] == 20
    np.testing.assert_allclose(first.boxes, np.tile(pose_at(100).box, (20, 1)))
    assert messages == [
        'Frame 20 (0.67 s): person 1 is followed from here, '
        'no longer person 0.'
    ]


@pytest.mark.robustness
def test_jump_and_back_cuts_the_track_however_short():
    """Ten frames are bridged when nobody is seen, not when another is."""
    poses = [pose_at(100)] * 20 + [None] * 10 + [pose_at(100)] * 20
    (track, ), _ = build(poses)
    assert track.segments.tolist() == [[0, 50]]
    poses[20:30] = [pose_at(400)] * 10
    (first, second), _ = build(poses)
    assert first.segments.tolist() == [[0, 20], [30, 50]]
    assert second.segments.tolist() == [[0, 10]]
    assert first.switches.tolist() == second.switches.tolist() == [20, 30]


@pytest.mark.robustness
def test_bystander_is_nobody_who_moved_while_out_of_sight():
    poses = [pose_at(100)] * 20 + [None] * 8 + [pose_at(180)] * 20
    assert len(build(poses)[0]) == 2
    poses[28:] = [pose_at(140)] * 20
    assert len(build(poses)[0]) == 1


@pytest.mark.robustness
def test_gaps_are_measured_in_seconds_of_an_uneven_clock():
    builder = TrackBuilder(30., SIZE)
    times = np.append(np.arange(20) / 60, 3 + np.arange(20) / 60)
    for time in times:
        builder.add(pose_at(100), time)
    track, = builder.finish()
    np.testing.assert_array_equal(track.times, times)
    assert track.valid.all() and track.segments.tolist() == [[0, 20], [20, 40]]


@pytest.mark.robustness
@pytest.mark.parametrize('fps', [0.05, 1., 5.])
def test_a_picture_now_and_then_still_shows_one_person(fps):
    builder = TrackBuilder(fps, SIZE)
    for i in range(20):
        builder.add(pose_at(100 + 10 * (i % 3)))
    track, = builder.finish()
    assert track.segments.tolist() == [[0, 20]]


@pytest.mark.robustness
def test_somebody_else_in_the_same_place_is_told_by_size():
    poses = [pose_at(100)] * 20 + [pose_at(100, height=300.)] * 20
    tracks, _ = build(poses)
    assert len(tracks) == 2


@pytest.mark.robustness
def test_single_wrong_frame_does_not_split_a_track():
    poses = [pose_at(100)] * 20 + [pose_at(400)] + [pose_at(100)] * 20
    (track, ), messages = build(poses)
    assert len(track) == 41 and not track.valid[20]
    np.testing.assert_allclose(track.boxes[20], pose_at(100).box)
    assert any('dropped' in m for m in messages)


@pytest.mark.parametrize('fps', [10., 30., 120.])
def test_running_is_no_jump_at_any_rate(fps):
    builder = TrackBuilder(fps, (4000, 480))
    for i in range(int(fps)):  # four of its own heights in a second
        builder.add(pose_at(100 + 400 * i / fps))
    assert len(builder.finish()) == 1


@pytest.mark.robustness
@pytest.mark.parametrize('count, kept', [(1, 1), (2, 1)])
def test_video_of_a_few_frames_keeps_its_person(count, kept):
    tracks, _ = build([pose_at(100)] * count)
    assert len(tracks) == kept and len(tracks[0]) == count


@pytest.mark.robustness
def test_flicker_and_clutter_are_dropped_with_a_word():
    poses = [None] * 30
    poses[3] = pose_at(100)
    tracks, messages = build(poses)
    assert not tracks and 'dropped' in messages[0]
    tracks, messages = build([pose_at(100, score=0.1)] * 30)
    assert not tracks and 'nobody' in messages[0]


def test_nobody_gives_no_track():
    assert build([None] * 5) == ([], [])
    assert build([]) == ([], [])
