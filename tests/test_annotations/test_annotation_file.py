# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pickle
import time

import numpy as np
import pytest
import torch
from toy_annotations import random_rows

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.annotations.annotation_writer import (header_bytes,
                                                  write_annotations)
from mmarts.datasets import MeshDataset
from mmarts.datasets.mesh_dataset import even_windows
from mmarts.structures.windows import split_at_cuts, window_starts


@pytest.fixture
def path(tmp_path):
    write_annotations(tmp_path / 'train.mmarts', random_rows(), 'a toy')
    return tmp_path / 'train.mmarts'


def test_what_was_written_is_read(path):
    file, arrays = AnnotationFile(path), random_rows()
    file.verify()
    assert file.header['source'] == 'a toy'
    assert {file.track_name(0), file.track_name(1)} == {('straße', '0'),
                                                        ('straße', 'b')}
    for track in (0, 1):
        rows = slice(*file.track_starts[track:track + 2])
        mine = np.flatnonzero(arrays['person'] == file.track_name(track)[1])
        mine = mine[np.argsort(arrays['frame_index'][mine])]
        for name in ('frame_index', 'K', 'joints3d', 'joints3d_valid'):
            np.testing.assert_array_equal(file.arrays[name][rows],
                                          arrays[name][mine])


def test_both_kinds_of_file_give_the_same_windows(path, tmp_path):
    np.savez(tmp_path / 'train.npz', **random_rows())
    mapped = MeshDataset(str(path), num_frames=8)
    loaded = MeshDataset(str(tmp_path / 'train.npz'), num_frames=8)
    assert len(mapped) == len(loaded) == 10
    for one, other in zip(mapped, loaded):
        one, other = one['data_samples'], other['data_samples']
        assert (one.sequence, one.person) == (other.sequence, other.person)
        for name in ('joints3d', 'joints3d_valid', 'joints3d_rel'):
            assert torch.equal(one.get(name), other.get(name))


def test_a_pickled_file_holds_no_arrays(path):
    text = pickle.dumps(AnnotationFile(path))
    assert len(text) < 500
    assert pickle.loads(text).arrays['K'].shape == (24, 3, 3)


@pytest.mark.parametrize('length,stride', [(1, 1), (4, 1), (4, 3), (3, 5)])
def test_windows_are_those_of_every_track(length, stride):
    rng, frames, starts, expected = np.random.default_rng(1), [], [0], []
    for _ in range(30):
        step = rng.integers(1, 3)
        numbers = np.cumsum(step *
                            rng.choice([1, 1, 1, 3], rng.integers(1, 20)))
        for part in split_at_cuts(numbers):
            count = part.stop - part.start
            if count >= length:
                expected += [
                    starts[-1] + part.start + s
                    for s in window_starts(count, length, stride)
                ]
        frames.append(numbers)
        starts.append(starts[-1] + len(numbers))
    found = even_windows(
        np.concatenate(frames), np.array(starts), length, stride)
    assert found.tolist() == expected


@pytest.mark.robustness
def test_broken_files_are_one_line_each(path, tmp_path):
    content = path.read_bytes()
    bad = tmp_path / 'bad.mmarts'
    for wrong, reason in ((content[:-1], 'cut short'),
                          (content[:100], 'cut short'), (content[:10], 'cut'),
                          (content + b'x', 'something was added'),
                          (b'', 'no annotation file'), (b'PK' + content,
                                                        'no annotation file'),
                          (content[:60] + b'~' + content[61:], 'checksum')):
        bad.write_bytes(wrong)
        with pytest.raises(ValueError, match=f'bad.mmarts.*{reason}'):
            AnnotationFile(bad)
    start = len(content) - 1
    bad.write_bytes(content[:start] + bytes([content[start] ^ 1]))
    with pytest.raises(ValueError, match='checksums of'):
        AnnotationFile(bad).verify()
    bad.with_suffix('.npz').write_bytes(content)
    with pytest.raises(ValueError, match='no readable .npz'):
        MeshDataset(str(bad.with_suffix('.npz')))


@pytest.mark.robustness
def test_wrong_arrays_are_not_written(tmp_path):
    path = tmp_path / 'a.mmarts'
    for change, reason in ((dict(K=np.eye(3)), "24 frames.*'K'"),
                           (dict(frame_index=np.zeros(24, int)), 'twice'),
                           (dict(person=np.array(['a\n'] * 24)), 'line break'),
                           (dict(x=np.array([None] * 24)), 'objects')):
        with pytest.raises(ValueError, match=reason):
            write_annotations(path, dict(random_rows(), **change))
    assert not list(tmp_path.iterdir())


def test_a_million_frames_open_at_once(tmp_path):
    count, tracks = 1_000_000, 1000
    starts = np.linspace(0, count, tracks + 1).astype(int)
    frames = np.arange(count) - np.repeat(starts[:-1], np.diff(starts))
    filled = {
        'frame_index': frames,
        'track/start': starts,
        'track/names': np.frombuffer(b'a\nb' * tracks, np.uint8),
        'track/name_ends': 3 * np.arange(1, tracks + 1)
    }
    shapes = dict(
        image_size=('<i4', (count, 2)),
        K=('<f4', (count, 3, 3)),
        keypoints2d=('<f4', (count, 19, 2)),
        keypoints2d_score=('<f4', (count, 19)),
        joints3d=('<f4', (count, 19, 3)),
        body_pose=('<f4', (count, 23, 3)),
        feat=('<f4', (count, 2048)))
    entries = {k: (v.dtype.str, v.shape) for k, v in filled.items()}
    entries.update(shapes)
    values = dict(fps=30., joint_set='coco19', body_model_id='')
    head = header_bytes(
        dict(values=values), entries, dict.fromkeys(entries, ''))
    path = tmp_path / 'large.mmarts'
    with open(path, 'wb') as file:
        file.write(head)
        for array in filled.values():
            file.write(b'\0' * (-file.tell() % 64) + array.tobytes())
        # 8.7 GB of zeros, of which the disk holds none.
        for dtype, shape in shapes.values():
            start = file.tell() + -file.tell() % 64
            end = start + np.dtype(dtype).itemsize * int(np.prod(shape))
            file.seek(end)
        file.truncate(end)
    before, begin = _resident(), time.perf_counter()
    dataset = MeshDataset(str(path))
    opened = time.perf_counter() - begin
    for index in range(0, len(dataset), len(dataset) // 100):
        dataset[index]
    assert len(dataset) == count - 15 * tracks
    assert opened < 1
    assert _resident() - before < 200e6


def _resident():
    with open('/proc/self/status') as file:
        line = next(x for x in file if x.startswith('VmRSS'))
    return int(line.split()[1]) * 1024
