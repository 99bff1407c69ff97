# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Videos come in upright and whole, and go out with the same clock."""
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Event

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
            target,
            reader.rate,
            reader.size,
            reader.time_base,
            audio_from=source,
            pixel_aspect=reader.pixel_aspect) as writer:
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
@pytest.mark.parametrize(
    'wrong', [None, 1e5, -3., 0.11],
    ids=['none', 'far off', 'negative', 'too late'])
def test_wrong_time_stamps_lie_between_their_neighbours(
        make_video, numbered, monkeypatch, wrong):
    path = make_video(numbered(6), rate=25)
    true = VideoReader._stamp

    def stamp(self, frame):
        time = true(self, frame)
        return wrong if time is not None and round(time * 25) == 2 else time

    monkeypatch.setattr(VideoReader, '_stamp', stamp)
    with VideoReader(path) as reader:
        times = np.array([reader.time for _ in reader])
    expected = np.arange(6) / 25
    right = np.arange(6) != 2
    if wrong == 0.11:  # in order, so it is believed
        assert times[2] == wrong
    else:
        assert times[1] < times[2] < times[3]
    np.testing.assert_allclose(times[right], expected[right], atol=1e-4)


@pytest.mark.robustness
def test_a_clock_that_starts_anew_goes_on(make_video, numbered, monkeypatch):
    path = make_video(numbered(8), rate=25)
    true = VideoReader._stamp

    def stamp(self, frame):
        time = true(self, frame)
        return time - 0.16 if time is not None and time > 0.15 else time

    monkeypatch.setattr(VideoReader, '_stamp', stamp)
    with VideoReader(path) as reader:
        times = np.array([reader.time for _ in reader])
    np.testing.assert_allclose(times, np.arange(8) / 25, atol=1e-4)


@pytest.mark.robustness
def test_what_was_wrong_is_told(make_video, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (12, 48, 64, 3),
                                              np.uint8)
    path = make_video(
        list(noise), name='in.mkv', rate=10, codec='ffv1', pix_fmt='bgr0')
    with VideoReader(path) as reader:
        list(reader)
        assert reader.faults() == []
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    with VideoReader(path) as reader:
        # As long as it is being read nothing is missing.
        frames = iter(reader)
        next(frames)
        assert reader.faults() == []
        count = 1 + len(list(frames))
    assert 3 < count < 9
    assert reader.faults() == [
        f'The video ends at {count / 10:.2f} s of the 1.20 s that the file '
        'announces.'
    ]


@pytest.mark.robustness
def test_damaged_sound_is_left_out_and_the_picture_is_not(
        make_video, numbered, tmp_path):
    path = make_video(numbered(20), name='in.ts', rate=10, sound=2)
    content = bytearray(path.read_bytes())
    sound = [
        i for i in range(0, len(content), 188)
        if int.from_bytes(content[i + 1:i + 3], 'big') & 0x1fff == 0x101
    ]
    rng = np.random.default_rng(0)
    for start in sound[len(sound) // 3:len(sound) * 2 // 3]:
        content[start + 20:start + 188] = rng.bytes(168)
    path.write_bytes(content)
    writer = copy(path, tmp_path / 'out.mp4')
    assert 'damaged' in writer.audio
    assert len(read(tmp_path / 'out.mp4')) == 20
    with av.open(str(tmp_path / 'out.mp4')) as out:
        heard = sum(p.size > 0 for p in out.demux(audio=0))
    assert 5 < heard < 31


@pytest.mark.robustness
def test_titles_in_any_encoding(make_video, numbered, tmp_path):
    path = make_video(numbered(3), title='Caf\u00e9 XYZ')
    content = path.read_bytes()
    assert b'Caf\xc3\xa9 XYZ' in content
    path.write_bytes(content.replace(b'Caf\xc3\xa9 XYZ', b'Caf\xe9\xff XYZ'))
    assert len(read(path)) == 3


@pytest.mark.robustness
def test_pixels_that_are_not_square_stay_so(make_video, numbered, tmp_path):
    for rotation, aspect in ((0, Fraction(16, 11)), (90, Fraction(11, 16))):
        path = make_video(
            numbered(2), rotation=rotation, pixel_aspect=Fraction(16, 11))
        copy(path, tmp_path / 'out.mp4')
        with VideoReader(tmp_path / 'out.mp4') as reader:
            assert reader.pixel_aspect == aspect


@pytest.mark.robustness
def test_ending_early_is_a_whole_video_of_another_name(make_video, numbered,
                                                       tmp_path):
    path = make_video(numbered(20), rate=10, sound=2)
    with VideoReader(path) as reader, VideoWriter(
            tmp_path / 'out.mp4',
            reader.rate,
            reader.size,
            reader.time_base,
            audio_from=path) as writer:
        for frame, _ in zip(reader, range(7)):
            writer.write(frame, reader.time)
        writer.end_early(tmp_path / 'part.mp4')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['in.mp4', 'part.mp4']
    assert levels(read(tmp_path / 'part.mp4')) == list(range(7))
    assert 0.5 < stamps(tmp_path / 'part.mp4', 'audio')[-1] < 0.75


@pytest.mark.robustness
@pytest.mark.parametrize('kind, words', [
    ('missing', 'no file'),
    ('folder', 'is a folder'),
    ('text', 'no video'),
    ('noise', 'cannot be read'),
    ('empty', 'cannot be read'),
    ('sound', 'no video'),
    ('cover', 'no video'),
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
    elif kind in ('sound', 'cover'):
        with av.open(str(path), 'w') as out:
            stream = out.add_stream('aac', rate=16000)
            if kind == 'cover':
                cover = out.add_stream('mjpeg', rate=1)
                cover.width, cover.height = 64, 48
                cover.pix_fmt = 'yuvj420p'
                cover.disposition = av.stream.Disposition.attached_pic
                picture = av.VideoFrame.from_ndarray(
                    numbered(1)[0], format='rgb24')
                out.mux(cover.encode(picture))
                out.mux(cover.encode(None))
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


@pytest.mark.robustness
def test_a_reader_is_closed_only_between_frames(clip):
    """Another thread may be at a frame then: what FFmpeg uses must stay."""
    with VideoReader(clip) as reader:
        inside, go_on = Event(), Event()
        to_rgb = reader._to_rgb

        def slow(frame):
            inside.set()
            assert go_on.wait(30)
            return to_rgb(frame)

        reader._to_rgb = slow
        with ThreadPoolExecutor(2) as threads:
            taken = threads.submit(next, iter(reader))
            assert inside.wait(30)
            closed = threads.submit(reader.close)
            with pytest.raises(TimeoutError):
                closed.result(0.2)
            go_on.set()
            assert taken.result(30).shape[-1] == 3
            closed.result(30)
