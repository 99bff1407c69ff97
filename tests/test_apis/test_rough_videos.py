# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The demo on videos as they are: every odd file it may be given.

The 2D pose is the real one and so are the files; only the network that makes
bodies of the keypoints is replaced by one that needs no weights.
"""
import cv2
import numpy as np
import pytest

from mmarts.apis import VideoReader, load_person

av = pytest.importorskip('av')
pytest.importorskip('ai_edge_litert')

pytestmark = pytest.mark.robustness
GREY = 90


def frames_of(path) -> list[np.ndarray]:
    with VideoReader(path) as reader:
        return list(reader)


def stamps(path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.array([float(f.time) for f in container.decode(video=0)])


def person(result, number=0) -> dict:
    assert result.code == 0, result.errors
    return load_person(result.out / f'person_{number:03d}.npz')


def distance(one, other, scale=1., shift=0.) -> float:
    """Median distance of keypoints, over the height of the first's box."""
    count = min(len(one['frames']), len(other['frames']))
    moved = other['keypoints2d'][:count] * scale + shift
    apart = np.linalg.norm(one['keypoints2d'][:count] - moved, axis=-1)
    sure = one['keypoints2d_score'][:count] > 0.5
    return np.median(apart[sure]) / np.ptp(one['boxes'][0, 1::2])


@pytest.fixture
def plain(run_demo, make_video, walker):
    """What the first frames are without anything odd about the file."""
    return person(run_demo(make_video(walker[:3], 'a.mp4'), '--no-render'))


def test_uneven_frame_rate_keeps_its_clock(run_demo, make_video, walker):
    times = np.array([0, .02, .1, .11, .3, .5])
    result = run_demo(make_video(walker[:6], 'vfr.mp4', times=times))
    np.testing.assert_allclose(person(result)['times'], times, atol=1e-3)
    np.testing.assert_allclose(
        stamps(result.out / 'vfr_overlay.mp4'), times, atol=1e-3)


@pytest.mark.parametrize('rotation', [90, 180, -90])
def test_rotated_video_is_an_upright_one(run_demo, make_video, walker, plain,
                                         rotation):
    stored = [
        np.ascontiguousarray(np.rot90(f, -rotation // 90)) for f in walker[:3]
    ]
    result = run_demo(make_video(stored, 'turned.mp4', rotation=rotation))
    assert distance(person(result), plain) < 0.02
    # The overlay is upright itself: nothing asks to turn it again.
    with VideoReader(result.out / 'turned_overlay.mp4') as overlay:
        assert overlay.size == (272, 480) and overlay._turns == 0
        assert cv2.absdiff(next(iter(overlay)), walker[0]).mean() < 12


def test_odd_size(run_demo, make_video, walker, plain):
    odd = [np.ascontiguousarray(f[:-1, :-1]) for f in walker[:3]]
    result = run_demo(make_video(odd, 'odd.mkv', pix_fmt='yuv444p'))
    found = person(result)
    assert found['image_size'] == (271, 479)
    assert distance(found, plain) < 0.02
    assert frames_of(result.out / 'odd_overlay.mp4')[0].shape[:2] == (480, 272)


def test_greyscale(run_demo, make_video, walker, plain):
    result = run_demo(make_video(walker[:3], 'grey.mp4', pix_fmt='gray'))
    assert distance(person(result), plain) < 0.05
    # The drawing is in colour.
    image = frames_of(result.out / 'grey_overlay.mp4')[0].astype(int)
    assert np.ptp(image, axis=2).max() > 60


@pytest.mark.parametrize('name, sound', [('one.mp4', 0.2), ('one.png', 0)])
def test_one_frame(run_demo, make_video, walker, tmp_path, name, sound):
    if name.endswith('.png'):
        cv2.imwrite(str(tmp_path / name), walker[0][..., ::-1])
    else:
        make_video(walker[:1], name, sound=sound)
    result = run_demo(tmp_path / name)
    assert len(person(result)['frames']) == 1
    assert len(frames_of(result.out / 'one_overlay.mp4')) == 1


def test_8k_still(run_demo, clip_frames, walker, plain, tmp_path):
    large = cv2.resize(clip_frames[0], (4352, 7680))
    cv2.imwrite(str(tmp_path / '8k.jpg'), large[..., ::-1])
    result = run_demo(tmp_path / '8k.jpg')
    found = person(result)
    assert distance(found, plain, 16.) < 0.03
    with VideoReader(result.out / '8k_overlay.mp4') as overlay:
        assert overlay.size == found['image_size'] == (4352, 7680)


@pytest.fixture
def damaged(make_video, walker):
    """A broadcast stream with bits turned over in its middle third."""
    path = make_video([walker[i % 8] for i in range(24)],
                      'tv.ts',
                      sound=0.7,
                      options=dict(g='6'))
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    third = len(content) // 3
    for place in rng.integers(third, 2 * third, 40):
        content[place] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)
    return path


def test_damage_in_the_middle_is_told_and_survived(run_demo, damaged):
    result = run_demo(damaged)
    found = person(result)
    assert 'damaged from about 0.' in result.text
    assert 'The sound was copied without' in result.text
    with VideoReader(damaged) as reader:
        count = len(list(reader))
        assert reader.num_corrupt + reader.num_damaged > 0
    assert 12 <= count <= 24 and found['frames'][-1] >= count - 2
    assert (np.diff(found['times']) > 0).all()
    written = stamps(result.out / 'tv_overlay.mp4')
    assert len(written) == count and (np.diff(written) > 0).all()


def test_half_a_file_gives_half_a_result(run_demo, make_video, walker):
    path = make_video([walker[i % 8] for i in range(40)],
                      'cut.mkv',
                      options=dict(g='6'))
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    result = run_demo(path)
    assert 8 < len(person(result)['frames']) < 32
    assert 'of the 1.33 s that the file announces' in result.text


def test_who_leaves_and_comes_back_is_the_same(run_demo, make_video, walker):
    dark = [np.zeros_like(walker[0])] * 12
    result = run_demo(
        make_video([*walker[:6], *dark, *walker[:6]], 'back.mp4', rate=15))
    found = person(result)
    assert [p.name for p in result.out.glob('*.npz')] == ['person_000.npz']
    np.testing.assert_array_equal(
        np.flatnonzero(~found['valid']), np.arange(6, 18))
    assert found['segments'].tolist() == [[0, 5], [18, 23]]
    assert not found['switches'].size
    assert 'Frame 18 (1.20 s): person 0 is seen again' in result.text
    # Nobody is drawn while he is away.
    overlay = frames_of(result.out / 'back_overlay.mp4')
    assert max(f.mean() for f in overlay[7:17]) < 3


@pytest.fixture
def two_people(walker):
    """Side by side, the second one turned over; each is 190 wide."""
    cut = [f[:, 60:250] for f in walker]
    return [
        np.ascontiguousarray(np.concatenate([f, f[:, ::-1]], 1)) for f in cut
    ]


def without(frames, side) -> list[np.ndarray]:
    """The same with one half of the picture painted over."""
    painted = [frame.copy() for frame in frames]
    for frame in painted:
        frame[:, slice(190) if side == 0 else slice(190, 380)] = GREY
    return painted


def side_of(found) -> np.ndarray:
    """In which half of the picture somebody was seen, frame by frame."""
    return (found['keypoints2d'][found['valid'], 17, 0] > 190).astype(int)


def test_of_two_people_one_is_kept(run_demo, make_video, two_people):
    start = run_demo(make_video(two_people[:2], 'a.mp4'), '--no-render')
    followed = side_of(person(start))[0]
    # The one followed is out of sight for a moment, the other one is not.
    frames = (two_people + without(two_people[:3], followed) + two_people)
    result = run_demo(make_video(frames, 'two.mp4'))
    found = person(result)
    assert (side_of(found) == followed).all()
    assert len(found['frames']) == 19 and not found['switches'].size
    assert not found['valid'][8:11].any()
    assert found['segments'].tolist() == [[0, 18]]
    assert not (result.out / 'person_001.npz').exists()


def test_going_over_to_somebody_else_is_told(run_demo, make_video, two_people):
    start = run_demo(make_video(two_people[:2], 'a.mp4'), '--no-render')
    followed = side_of(person(start))[0]
    frames = two_people + 2 * without(two_people, followed) + two_people
    result = run_demo(make_video(frames, 'two.mp4'))
    first, second = person(result), person(result, 1)
    assert set(side_of(first)) == {followed}
    assert set(side_of(second)) == {1 - followed}
    switch = second['frames'][0]
    assert 8 < switch < 24
    assert first['switches'].tolist() == second['switches'].tolist() == [
        switch
    ]
    time = switch / 30
    assert (f'Frame {switch} ({time:.2f} s): person 1 is followed from here, '
            'no longer person 0') in result.text
    # No stretch that windows are cut from holds the switch.
    for found in (first, second):
        for begin, end in found['segments']:
            assert not begin < switch <= end
