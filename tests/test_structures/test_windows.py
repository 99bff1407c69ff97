# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest

from mmarts.structures.windows import (MERGE_RULES, blend_weights,
                                       merge_windows, owner_of_frames,
                                       split_at_cuts, window_starts)


def cut(num_frames, length, stride, first=0):
    return [
        first + start + np.arange(min(length, num_frames))
        for start in window_starts(num_frames, length, stride)
    ]


@pytest.mark.parametrize('length', [1, 2, 7, 16])
@pytest.mark.parametrize('stride', [1, 3, 16])
@pytest.mark.parametrize('num_frames', [16, 17, 31, 33, 48])
def test_windows_reach_both_ends_and_stay_inside(num_frames, length, stride):
    starts = window_starts(num_frames, length, stride)
    assert starts == sorted(set(starts))
    assert starts[0] == 0 and starts[-1] + length == num_frames
    assert all(b - a <= stride for a, b in zip(starts[:-1], starts[1:]))
    if stride <= length:
        covered = {s + i for s in starts for i in range(length)}
        assert covered == set(range(num_frames))


def test_short_tracks():
    assert window_starts(5, 16, 4) == [0]
    assert window_starts(16, 16, 4) == [0]
    assert window_starts(0, 16, 4) == []


@pytest.mark.robustness
@pytest.mark.parametrize('length, stride', [(0, 1), (16, 0), (16, -1)])
def test_impossible_windows_are_refused(length, stride):
    with pytest.raises(ValueError, match='length >= 1'):
        window_starts(40, length, stride)


@pytest.mark.parametrize('length, stride', [(16, 1), (16, 5), (7, 3), (4, 4)])
def test_owner_is_the_window_with_the_nearest_middle(length, stride):
    windows = cut(37, length, stride, first=100)
    frames, window, position = owner_of_frames(windows)
    assert frames.tolist() == list(range(100, 137))
    for frame, i, j in zip(frames, window, position):
        assert windows[i][j] == frame
        # Twice the distance to the middle: whole numbers, ties are exact.
        far = [
            abs(2 * frame - w[0] - w[-1]) if frame in w else np.inf
            for w in windows
        ]
        assert i == int(np.argmin(far))  # the first of equals


def test_owner_does_not_depend_on_the_order_of_windows():
    windows = cut(40, 16, 3)
    values = [np.random.rand(len(w), 2) + i for i, w in enumerate(windows)]
    expected = merge_windows(windows, values)[1]
    order = np.random.permutation(len(windows))
    shuffled = merge_windows([windows[i] for i in order],
                             [values[i] for i in order])[1]
    np.testing.assert_array_equal(shuffled, expected)


@pytest.mark.parametrize('rule', MERGE_RULES)
def test_merging_what_agrees_gives_it_back(rule):
    track = np.random.rand(40, 14, 3)
    windows = cut(40, 16, 3)
    frames, merged = merge_windows(windows, [track[w] for w in windows], rule)
    np.testing.assert_array_equal(frames, np.arange(40))
    np.testing.assert_allclose(merged, track, rtol=1e-14)


def test_mean_is_the_mean_over_windows():
    windows = [np.arange(0, 4), np.arange(2, 6), np.arange(3, 7)]
    values = [np.full(4, 1.), np.full(4, 2.), np.full(4, 6.)]
    frames, merged = merge_windows(windows, values, 'mean')
    assert frames.tolist() == list(range(7))
    np.testing.assert_allclose(merged, [1, 1, 1.5, 3, 4, 4, 6])


@pytest.mark.parametrize('length', [4, 16])
def test_blended_windows_half_a_length_apart_sum_to_one(length):
    distance = np.arange(length) - (length - 1) / 2
    weights = blend_weights(distance, length)
    half = length // 2
    np.testing.assert_allclose(weights[:half] + weights[half:], 1, atol=1e-12)
    np.testing.assert_allclose(weights, weights[::-1], atol=1e-12)
    assert (np.diff(weights[:half]) > 0).all() and (weights > 0).all()


@pytest.mark.parametrize('step', [1, 3])
def test_blending_fades_where_the_nearest_middle_jumps(step):
    windows = [step * w for w in cut(32, 16, 8)]
    values = [np.full(16, float(i)) for i in range(len(windows))]
    steps = {
        rule: np.diff(merge_windows(windows, values, rule)[1])
        for rule in ('nearest-mid', 'blend')
    }
    assert steps['nearest-mid'].max() == 1
    assert (steps['blend'] >= 0).all() and steps['blend'].max() < 0.2
    assert steps['blend'].sum() == pytest.approx(2)


def test_a_frame_that_a_window_barely_saw_keeps_its_only_value():
    # Window 0 to 15 predicts its first frame alone: its weight is tiny.
    frames, merged = merge_windows([np.array([0])], [np.array([3.])], 'blend',
                                   [7.5])
    assert frames.tolist() == [0] and merged.tolist() == [3.]


def test_middles_tell_apart_windows_that_predict_one_frame():
    # Both predict frame 8; the second saw frames 2 to 14 and is nearer.
    frames = [np.array([8]), np.array([8])]
    _, window, _ = owner_of_frames(frames, middles=[6.5, 8.0])
    assert window.tolist() == [1]
    assert owner_of_frames(frames)[1].tolist() == [0]


def test_dtype_is_kept():
    values = [np.ones((3, 2), dtype=np.float32)]
    for rule in MERGE_RULES:
        assert merge_windows([np.arange(3)], values,
                             rule)[1].dtype == np.float32
    flags = merge_windows([np.arange(3)], [np.ones(3, dtype=bool)])[1]
    assert flags.dtype == bool


@pytest.mark.robustness
def test_bad_merges_are_refused():
    frames = [np.arange(3)]
    with pytest.raises(ValueError, match='"median".*nearest-mid'):
        merge_windows(frames, [np.zeros(3)], 'median')
    with pytest.raises(ValueError, match=r'frames \[3\] and values \[4\]'):
        merge_windows(frames, [np.zeros(4)])
    with pytest.raises(ValueError, match='at least one window'):
        merge_windows([], [])
    with pytest.raises(ValueError, match=r'Windows \[1\] have no frames'):
        owner_of_frames([np.arange(2), np.arange(0)])
    assert all(len(x) == 0 for x in owner_of_frames([]))


def test_cuts_lie_where_the_step_changes():
    frames = np.array([3, 4, 5, 9, 10, 20])
    parts = [frames[s].tolist() for s in split_at_cuts(frames)]
    assert parts == [[3, 4, 5], [9, 10], [20]]


def test_regular_step_is_found_or_given():
    every_other = np.array([0, 2, 4, 8, 10])
    assert split_at_cuts(every_other) == [slice(0, 3), slice(3, 5)]
    # The last window ends on the last frame: 0, 4, 8, then 11.
    middles = np.array([0, 4, 8, 11])
    assert split_at_cuts(middles, step=4) == [slice(0, 3), slice(3, 4)]


@pytest.mark.robustness
def test_cuts_of_little_or_bad_tracks():
    assert split_at_cuts(np.array([], dtype=int)) == []
    assert split_at_cuts(np.array([7])) == [slice(0, 1)]
    for frames in ([3, 3, 4], [5, 4]):
        with pytest.raises(ValueError, match='increase strictly'):
            split_at_cuts(np.array(frames), step=1)
