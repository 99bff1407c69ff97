# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Videos come in upright and whole, and go out with the same clock."""
from fractions import Fraction

import numpy as np
import pytest

from mmarts.apis import VideoError, VideoReader, VideoWriter

av = pytest.importorskip('av')


def read(path) -> list[np.ndarray]:
    with VideoReader(path) as reader:
        return list(reader)


def levels(frames) -> list[int]:
    """Numbers that the ``numbered`` frames carry."""
    return [round((float(f[-8:, -8:].mean()) - 20) / 10) for f in frames]


def copy(source, target) -> VideoWriter:
    with VideoReader(source) as reader, VideoWriter(
            target, reader.rate, reader.size, reader.time_base,
            audio_from=source) as writer:
        for frame in reader:
            writer.write(frame, reader.time)
    return writer


def stamps(path, kind='video') -> list[float]:
    with av.open(str(path)) as container:
        return [float(f.time) for f in container.decode(**{kind: 0})]


def test_reads_all_frames_in_order(make_video, numbered):
    path = make_video(numbered(9))
    with VideoReader(path) as reader:
        frames = list(reader)
        assert (reader.size, reader.num_frames) == ((64, 48), 9)
        assert reader.fps == pytest.approx(30)
        assert reader.time == pytest.approx(8 / 30, abs=1e-4)
    assert levels(frames) == list(range(9))
    assert frames[0].shape == (48, 64, 3) and frames[0].dtype == np.uint8
    # Red stays red: neither channel order nor colour matrix are off.
    assert np.abs(frames[0][8, 8] - np.array([220., 30, 30])).max() < 25


@pytest.mark.robustness
@pytest.mark.parametrize('rotation', [90, 180, -90])
def test_rotation_of_the_file_is_undone(make_video, numbered, rotation):
    path = make_video(numbered(2), rotation=rotation)
    expected = np.rot90(numbered(1)[0], rotation // 90)
    with VideoReader(path) as reader:
        frame = next(iter(reader))
        assert reader.size == expected.shape[1::-1]
    assert frame.shape == expected.shape
    assert np.abs(frame.astype(float) - expected).mean() < 12


@pytest.mark.robustness
@pytest.mark.parametrize('count', [1, 3])
def test_short_videos(make_video, numbered, tmp_path, count):
    path = make_video(numbered(count))
    copy(path, tmp_path / 'out.mp4')
    assert len(read(tmp_path / 'out.mp4')) == count


@pytest.mark.robustness
def test_greyscale(make_video, numbered):
    path = make_video(numbered(2), name='in.mkv', pix_fmt='gray', codec='ffv1')
    frame = read(path)[0]
    assert frame.shape == (48, 64, 3)
    assert np.ptp(frame.astype(int), axis=2).max() <= 1


@pytest.mark.robustness
@pytest.mark.parametrize('height, width', [(47, 64), (48, 63), (47, 63)])
def test_odd_sizes_are_padded_not_scaled(tmp_path, height, width):
    rows, columns = np.mgrid[:height, :width]
    frame = np.stack([rows * 4, columns * 3, rows + columns], -1)
    frame = frame.astype(np.uint8)
    with VideoWriter(tmp_path / 'out.mp4', 30, (width, height)) as writer:
        writer.write(frame)
    out = read(tmp_path / 'out.mp4')[0]
    assert out.shape == (height + height % 2, width + width % 2, 3)
    assert np.abs(out[:height, :width].astype(float) - frame).mean() < 6


@pytest.mark.robustness
def test_uneven_time_stamps_survive(make_video, numbered, tmp_path):
    times = np.array([0, .02, .1, .11, .3, .5])
    path = make_video(numbered(6), times=times)
    copy(path, tmp_path / 'out.mp4')
    np.testing.assert_allclose(stamps(tmp_path / 'out.mp4'), times, atol=1e-3)


@pytest.mark.parametrize('rate', [Fraction(30000, 1001), Fraction(25)])
def test_copy_keeps_rate_length_and_sound(make_video, numbered, tmp_path,
                                          rate):
    path = make_video(numbered(12), rate=rate, sound=0.4)
    writer = copy(path, tmp_path / 'out.mp4')
    assert writer.audio == 'copied (aac)'
    with av.open(str(path)) as a, av.open(str(tmp_path / 'out.mp4')) as b:
        for source, target in zip(a.streams, b.streams):
            assert target.frames == source.frames
            assert float(target.duration * target.time_base) == pytest.approx(
                float(source.duration * source.time_base), abs=1e-3)
        assert b.streams.video[0].codec_context.name == 'h264'
        assert b.streams.video[0].average_rate == pytest.approx(rate)
    for kind in ('video', 'audio'):
        np.testing.assert_allclose(
            stamps(tmp_path / 'out.mp4', kind), stamps(path, kind), atol=1e-3)
    assert levels(read(tmp_path / 'out.mp4')) == list(range(12))


@pytest.mark.robustness
def test_even_rate_survives_a_clock_of_milliseconds(make_video, numbered,
                                                    tmp_path):
    path = make_video(numbered(15), name='in.mkv', rate=60)
    copy(path, tmp_path / 'out.mp4')
    np.testing.assert_allclose(
        stamps(tmp_path / 'out.mp4'), np.arange(15) / 60, atol=1e-5)
    with VideoReader(tmp_path / 'out.mp4') as reader:
        assert reader.rate == 60


def test_times_that_do_not_rise_are_moved_up(numbered, tmp_path):
    with VideoWriter(tmp_path / 'out.mp4', 30, (64, 48)) as writer:
        for frame, time in zip(numbered(4), (0., .2, .1, .1)):
            writer.write(frame, time)
    written = stamps(tmp_path / 'out.mp4')
    assert len(written) == 4 and (np.diff(written) > 0).all()


@pytest.mark.robustness
def test_damaged_packets_in_the_middle_are_skipped(make_video, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (30, 48, 64, 3),
                                              np.uint8)
    path = make_video(list(noise), name='in.mkv', codec='ffv1', pix_fmt='bgr0')
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle:middle + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    assert 15 <= len(read(path)) <= 30


@pytest.mark.robustness
@pytest.mark.parametrize('kind, words', [
    ('missing', 'no file'),
    ('folder', 'is a folder'),
    ('text', 'no video'),
    ('noise', 'cannot be read'),
    ('empty', 'cannot be read'),
    ('sound', 'no video'),
    ('cut', 'cannot be read'),
])
def test_bad_files_are_one_clear_line(tmp_path, make_video, numbered, kind,
                                      words):
    path = tmp_path / 'bad.mp4'
    if kind == 'folder':
        path.mkdir()
    elif kind == 'text':
        path = tmp_path / 'bad.txt'
        path.write_text('no video at all\n' * 99)
    elif kind == 'noise':
        path.write_bytes(np.random.default_rng(0).bytes(5000))
    elif kind == 'empty':
        path.touch()
    elif kind == 'cut':
        whole = make_video(numbered(5)).read_bytes()
        path.write_bytes(whole[:len(whole) // 2])
    elif kind == 'sound':
        with av.open(str(path), 'w') as out:
            stream = out.add_stream('aac', rate=16000)
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), np.float32), format='fltp', layout='mono')
            frame.rate = 16000
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    with pytest.raises(VideoError, match=words) as caught:
        VideoReader(path)
    assert '\n' not in str(caught.value) and path.name in str(caught.value)


@pytest.mark.robustness
@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_after_an_error(numbered, tmp_path, error):
    (tmp_path / 'out.mp4').write_bytes(b'of an earlier run')
    with pytest.raises(error):
        with VideoWriter(tmp_path / 'out.mp4', 30, (64, 48)) as writer:
            writer.write(numbered(1)[0])
            raise error
    assert [p.name for p in tmp_path.iterdir()] == ['out.mp4']
    assert (tmp_path / 'out.mp4').read_bytes() == b'of an earlier run'


@pytest.mark.robustness
def test_final_name_appears_when_complete(numbered, tmp_path):
    with VideoWriter(tmp_path / 'out.mp4', 30, (64, 48)) as writer:
        writer.write(numbered(1)[0])
        assert not (tmp_path / 'out.mp4').exists()
    assert [p.name for p in tmp_path.iterdir()] == ['out.mp4']


@pytest.mark.robustness
def test_unwritable_folder_and_wrong_frame_are_told(numbered, tmp_path):
    with pytest.raises(VideoError, match='Cannot write'):
        VideoWriter(tmp_path / 'none' / 'out.mp4', 30, (64, 48))
    with pytest.raises(VideoError, match='64x48'):
        with VideoWriter(tmp_path / 'out.mp4', 30, (64, 48)) as writer:
            writer.write(numbered(1, 40)[0])


@pytest.mark.robustness
def test_full_disk_is_one_line_and_leaves_nothing(numbered, tmp_path):
    resource = pytest.importorskip('resource')
    signal = pytest.importorskip('signal')
    noise = np.random.default_rng(0).integers(0, 255, (40, 240, 320, 3),
                                              np.uint8)
    # A limit on the size of files fails the same call as a full disk does.
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(VideoError, match='Cannot write') as caught:
            with VideoWriter(tmp_path / 'out.mp4', 30, (320, 240)) as writer:
                for frame in noise:
                    writer.write(frame)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert '\n' not in str(caught.value)
    assert not list(tmp_path.iterdir())
