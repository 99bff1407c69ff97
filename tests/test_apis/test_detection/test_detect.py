# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import av
import cv2
import numpy as np
import pytest

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.annotations.annotation_writer import write_annotations
from mmarts.apis.detection import DetectionJob, detect, detect_keypoints
from mmarts.datasets.converters.convert import convert_dataset

F, W, H = 7, 64, 48


class Corners:
    """Instead of a detector: corners of the boxes, and how bright it is."""

    joint_set = 'coco17'

    def __call__(self, frame, boxes):
        assert frame.shape == (H, W, 3)
        points = np.zeros((len(boxes), 17, 2), np.float32)
        points[:, 0], points[:, 1] = boxes[:, :2], boxes[:, 2:]
        scores = np.full((len(boxes), 17), frame.mean() / 255, np.float32)
        return points, scores


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    detect._detector.cache_clear()
    detect._frames.cache_clear()
    monkeypatch.setattr(detect, 'build_detector', lambda job: Corners())
    monkeypatch.setattr(detect, '_CHUNK', 4)
    yield
    detect._detector.cache_clear()
    detect._frames.cache_clear()


def write(path, **changes):
    """Two people in each of seven frames."""
    frames = np.repeat(np.arange(F), 2)
    box = np.stack([frames, frames + 1, frames + 20, frames + 30], -1)
    arrays = dict(
        fps=25.,
        joint_set='coco17',
        body_model_id='',
        sequence=np.full(2 * F, 'walk'),
        person=np.tile(['0', '1'], F),
        frame_index=frames,
        image=np.array([f'{f:02}.png' for f in frames]),
        image_size=np.tile([W, H], (2 * F, 1)),
        box=box.astype(np.float32),
        keypoints2d=np.full((2 * F, 17, 2), 5, np.float32),
        keypoints2d_score=np.zeros((2 * F, 17), np.float32))
    arrays.update(changes)
    arrays = {k: v for k, v in arrays.items() if v is not None}
    write_annotations(path, arrays)
    return str(path)


@pytest.fixture
def root(tmp_path):
    for i in range(F):
        image = np.full((H, W, 3), 30 * i + 10, np.uint8)
        cv2.imwrite(str(tmp_path / f'{i:02}.png'), image)
    return tmp_path


def load(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def test_rows_are_found_by_their_names(root):
    job = DetectionJob(write(root / 'a.mmarts'), images=str(root))
    report = detect_keypoints(job, root / 'out.npz')
    assert (report.rows, report.found, report.bad) == (2 * F, 2 * F, ())
    found = load(root / 'out.npz')
    assert str(found['joint_set']) == 'coco17'
    assert sorted(zip(found['person'],
                      found['frame_index'])) == [(p, f) for p in '01'
                                                 for f in range(F)]
    np.testing.assert_allclose(found['keypoints2d'][:, 0, 0],
                               found['frame_index'])
    np.testing.assert_allclose(
        found['keypoints2d_score'][:, 3],
        (30 * found['frame_index'] + 10) / 255,
        rtol=1e-5)


def test_without_boxes_keypoints_or_the_picture_say_where(root):
    points = np.zeros((2 * F, 17, 2), np.float32)
    points[:, :2] = [[10, 10], [20, 30]]
    score = np.zeros((2 * F, 17), np.float32)
    score[::2, :2] = 1  # of the first person only
    ann_file = write(
        root / 'a.mmarts',
        box=None,
        keypoints2d=points,
        keypoints2d_score=score)
    detect_keypoints(
        DetectionJob(ann_file, images=str(root)), root / 'out.npz')
    found = load(root / 'out.npz')
    first = found['person'] == '0'
    np.testing.assert_allclose(found['keypoints2d'][first, 0], [[9, 8]] * F)
    np.testing.assert_allclose(found['keypoints2d'][~first, 1], [[W, H]] * F)


def test_frames_come_from_videos_too(root):
    with av.open(str(root / 'walk.mp4'), 'w') as video:
        stream = video.add_stream('mpeg4', rate=50)
        stream.width, stream.height, stream.pix_fmt = W, H, 'yuv420p'
        for i in range(2 * F - 1):
            image = np.full((H, W, 3), 15 * i + 10, np.uint8)
            video.mux(
                stream.encode(av.VideoFrame.from_ndarray(image, 'rgb24')))
        video.mux(stream.encode())
    # Frame i of the file is every second one of the video.
    job = DetectionJob(
        write(root / 'a.mmarts', image=None, source_fps=50.), videos=str(root))
    report = detect_keypoints(job, root / 'out.npz')
    found = load(root / 'out.npz')
    assert report.found == 2 * F
    assert sorted(set(found['frame_index'])) == [0, 2, 4, 6, 8, 10, 12]
    np.testing.assert_allclose(
        found['keypoints2d_score'][:, 0],
        (15 * found['frame_index'] + 10) / 255,
        atol=0.03)
    longer = DetectionJob(
        write(root / 'b.mmarts', image=None, source_fps=75.),
        videos=str(root),
        skip_bad=True)
    report = detect_keypoints(longer, root / 'out_b.npz')
    assert report.found == 10 and 'ends before frame 15' in report.bad[0]


def test_ranks_share_the_work(root, monkeypatch):
    job = DetectionJob(write(root / 'a.mmarts'), images=str(root))
    for rank in (1, 0):
        monkeypatch.setenv('RANK', str(rank))
        monkeypatch.setenv('WORLD_SIZE', '2')
        report = detect_keypoints(job, root / 'out.npz')
        assert report.missing == (2 if rank else 0)
    assert len(load(root / 'out.npz')['row']) == 2 * F


def test_what_is_done_is_not_done_again(root, monkeypatch):
    job = DetectionJob(write(root / 'a.mmarts'), images=str(root))
    detect_keypoints(job, root / 'out.npz')
    before = (root / 'out.npz').stat().st_mtime_ns
    detect_keypoints(job, root / 'out.npz')
    assert (root / 'out.npz').stat().st_mtime_ns == before


@pytest.mark.robustness
def test_bad_pictures_are_named(root):
    ann_file = write(root / 'a.mmarts')
    (root / '02.png').write_bytes(b'none')
    (root / '05.png').unlink()
    job = DetectionJob(ann_file, images=str(root))
    with pytest.raises(ValueError) as caught:
        detect_keypoints(job, root / 'out.npz')
    assert str(caught.value) == (
        f'{ann_file}, sequence "walk", person "0", frame 2: its picture '
        '"02.png" cannot be read')
    job = DetectionJob(ann_file, images=str(root), skip_bad=True)
    report = detect_keypoints(job, root / 'out.npz')
    assert report.found == 2 * (F - 2) and report.rows == 2 * F
    assert len(report.bad) == 4 and 'is not there' in report.bad[1]


@pytest.mark.robustness
def test_mistakes_are_one_clear_line(root, call_tool):
    ann_file = write(root / 'a.mmarts', image=None)
    out = root / 'out.npz'
    for args, words in (((ann_file, out), 'Name the folder'),
                        ((ann_file, out, '--images', root),
                         'does not say which pictures'),
                        ((ann_file, out, '--videos', root / 'no'),
                         'no folder'), ((ann_file, root / 'out.json',
                                         '--videos', root), '*.npz'),
                        ((root / 'no.mmarts', out, '--images', root),
                         'no annotation file'), ((ann_file, out, '--jobs', 0),
                                                 'starts at 1')):
        result = call_tool('detect_keypoints', *args)
        assert result.returncode != 0 and 'Traceback' not in result.stderr
        assert result.stderr.startswith('error: ') and words in result.stderr


def test_the_result_is_attached_by_the_converter(root):
    ann_file = write(root / 'a.mmarts', fps=25., source_fps=50.)
    (root / '03.png').unlink()
    job = DetectionJob(ann_file, images=str(root), skip_bad=True)
    detect_keypoints(job, root / 'found/a.npz')
    config = dict(type='detections', annotations=ann_file)
    with pytest.raises(ValueError, match='say so by joint_set=coco17'):
        convert_dataset(
            dict(config, joint_set='mpii16'), str(root / 'found'),
            root / 'out')
    report = convert_dataset(config, str(root / 'found'), root / 'out')
    entry = report['splits']['a']
    assert entry['skipped']['rows without a detection']['count'] == 2
    arrays = AnnotationFile(root / 'out/a.mmarts').arrays
    seen = arrays['frame_index'] != 3
    np.testing.assert_allclose(arrays['keypoints2d'][seen, 0],
                               arrays['box'][seen, :2])
    assert not arrays['keypoints2d_score'][~seen].any()
    assert (arrays['keypoints2d_label'] == 5).all()
