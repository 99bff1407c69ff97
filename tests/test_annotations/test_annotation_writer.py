# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import tracemalloc

import numpy as np
import pytest
import torch
from toy_annotations import random_rows

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.annotations.annotation_writer import (AnnotationWriter,
                                                  write_annotations)
from mmarts.datasets import MeshDataset

VALUES = dict(fps=25., joint_set='coco19', body_model_id='')


def split_rows(arrays, size):
    """Rows of a split in chunks."""
    rows = {k: v for k, v in arrays.items() if np.ndim(v)}
    for start in range(0, len(rows['frame_index']), size):
        yield {k: v[start:start + size] for k, v in rows.items()}


def write(path, chunks):
    with AnnotationWriter(path, VALUES, 'a toy') as writer:
        for chunk in chunks:
            writer.add(chunk)
    return AnnotationFile(path)


@pytest.mark.parametrize('size', [1, 5, 24])
def test_chunks_give_the_file_of_all_at_once(tmp_path, size):
    write_annotations(tmp_path / 'one.mmarts', random_rows(), 'a toy')
    write(tmp_path / 'two.mmarts', split_rows(random_rows(), size)).verify()
    one, two = (
        AnnotationFile(tmp_path / f'{name}.mmarts') for name in ('one', 'two'))
    assert one.header['arrays'].keys() == two.header['arrays'].keys()
    assert [one.track_name(i)
            for i in (0, 1)] == [two.track_name(i) for i in (0, 1)]
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, two.arrays[name])
    assert [p.name for p in sorted(tmp_path.iterdir())
            ] == ['one.mmarts', 'two.mmarts']


def test_what_a_chunk_lacks_is_masked(tmp_path):
    first, second = split_rows(random_rows(shuffled=False), 12)
    del first['joints3d'], first['joints3d_valid'], second['K']
    first['image'] = np.array(['straße/%d.jpg' % i for i in range(12)])
    second['betas'] = np.ones((12, 10))
    file = write(tmp_path / 'a.mmarts', [first, second])
    file.verify()
    arrays = file.arrays
    assert not arrays['joints3d_valid'][:12].any()
    assert not arrays['joints3d'][:12].any()
    np.testing.assert_array_equal(arrays['joints3d_valid'][12:],
                                  second['joints3d_valid'])
    assert arrays['K_valid'].tolist() == [True] * 12 + [False] * 12
    assert arrays['betas_valid'].tolist() == [False] * 12 + [True] * 12
    assert not arrays['betas'][:12].any() and arrays['betas'][12:].all()
    assert arrays['image'][3].decode() == 'straße/3.jpg'
    assert arrays['image'][12] == b'' and 'image_valid' not in arrays


def test_texts_may_grow_and_numbers_must_not_change(tmp_path):
    first, second = split_rows(random_rows(shuffled=False), 12)
    first['action'] = np.array(['Eat'] * 12)
    second['action'] = np.array(['Walking'] * 12)
    file = write(tmp_path / 'a.mmarts', [first, second])
    assert set(file.arrays['action']) == {b'Eat', b'Walking'}
    for change, reason in ((dict(K=np.zeros((12, 2, 2))), 'shape'),
                           (dict(K=np.array([[[['a']]]] * 12)), 'shape'),
                           (dict(frame_index=np.arange(12) + .5),
                            'type'), (dict(action=np.zeros(12)), 'type')):
        with pytest.raises(
                ValueError, match=f'{next(iter(change))}.*{reason}'):
            write(tmp_path / 'b.mmarts', [first, {**second, **change}])
    assert [p.name for p in tmp_path.iterdir()] == ['a.mmarts']


def test_a_frame_in_two_chunks_is_an_error(tmp_path):
    first, second = split_rows(random_rows(shuffled=False), 12)
    with pytest.raises(
            ValueError,
            match='frame 3 of sequence "straße", '
            'person "0" comes twice'):
        write(tmp_path / 'a.mmarts',
              [first, second, {
                  k: v[3:4]
                  for k, v in first.items()
              }])
    assert not list(tmp_path.iterdir())


def test_rows_are_not_held_in_memory(tmp_path):
    count, width, chunks = 500, 2048, 40
    zeros = np.zeros((count, 2))

    def rows():
        for i in range(chunks):
            yield dict(
                sequence=np.full(count, f's{i % 7}'),
                person=np.full(count, '0'),
                frame_index=np.arange(count) + i * count,
                image_size=zeros,
                feat=np.full((count, width), i, 'f4'))

    tracemalloc.start()
    file = write(tmp_path / 'a.mmarts', rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.arrays['feat'].shape == (chunks * count, width)
    # The file has 164 MB; a block, a chunk and what is gathered are held.
    assert peak < 60e6
    np.testing.assert_array_equal(file.arrays['feat'][:, 0],
                                  file.arrays['frame_index'] // count)


def test_the_dataset_tells_targets_from_inputs(tmp_path):
    arrays = random_rows(shuffled=False)
    count = len(arrays['frame_index'])
    arrays.update(
        keypoints2d_label=arrays['keypoints2d'] + 1,
        keypoints2d_valid=np.arange(19) % 2 == np.zeros((count, 1)),
        image=np.array([f'{i}.jpg' for i in range(count)]),
        gender=np.repeat(['female', 'male'], count // 2),
        action=np.array(['Eating'] * count),
        body_model_id=np.repeat(['a', 'b'], count // 2))
    for suffix in ('npz', 'mmarts'):
        path = tmp_path / f'a.{suffix}'
        (np.savez if suffix == 'npz' else
         lambda p, **a: write_annotations(p, a))(path, **arrays)
        dataset = MeshDataset(str(path), num_frames=4)
        for index, body, gender in ((0, 'a', 'female'), (-1, 'b', 'male')):
            item = dataset[index % len(dataset)]
            sample = item['data_samples']
            assert torch.equal(sample.keypoints2d,
                               item['inputs']['keypoints2d'] + 1)
            assert sample.keypoints2d_valid[0].tolist() == [
                i % 2 == 0 for i in range(19)
            ]
            assert sample.body_model_id == body and sample.gender == gender
            assert sample.action == 'Eating'
        assert dataset[0]['data_samples'].image == [
            f'{i}.jpg' for i in range(4)
        ]


def test_an_unknown_camera_is_assumed(tmp_path):
    arrays = random_rows(shuffled=False)
    count = len(arrays['frame_index'])
    known = arrays['K'][0]
    write_annotations(tmp_path / 'a.mmarts',
                      dict(arrays, K_valid=np.arange(count) < count // 2))
    dataset = MeshDataset(str(tmp_path / 'a.mmarts'), num_frames=12)
    np.testing.assert_array_equal(dataset[0]['inputs']['K'], known)
    # 640 x 480: the diagonal is 800.
    expected = torch.tensor([[800., 0, 320], [0, 800, 240], [0, 0, 1]])
    assert torch.equal(dataset[1]['inputs']['K'], expected)
    del arrays['K']
    write_annotations(tmp_path / 'b.mmarts', arrays)
    dataset = MeshDataset(str(tmp_path / 'b.mmarts'), num_frames=12)
    assert torch.equal(dataset[0]['inputs']['K'], expected)
