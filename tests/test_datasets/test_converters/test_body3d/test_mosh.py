# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import os

import numpy as np
import pytest
import torch

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.datasets.real_poses import RealPoses


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'mosh').mkdir()
    return tmp_path / 'mosh'


def convert(root, skip_bad=False, **options):
    report = convert_dataset(
        dict(type='mosh', **options),
        str(root),
        root.parent / 'out',
        skip_bad=skip_bad)
    return report['splits']['train'], AnnotationFile(root.parent / 'out' /
                                                     'train.mmarts').arrays


def fits(count=5, seed=0):
    rng = np.random.default_rng(seed)
    return dict(
        pose=rng.normal(0, .3, (count, 72)),
        shape=rng.normal(size=(count, 10)))


def write_h5(path, **arrays):
    import h5py
    with h5py.File(path, 'w') as file:
        for name, array in arrays.items():
            file[name] = array


@pytest.mark.parametrize('write', [np.savez, write_h5])
def test_poses_and_shapes_are_those_of_the_files(root, write):
    suffix = 'npz' if write is np.savez else 'h5'
    for seed, name in enumerate('ab'):
        write(root / f'{name}.{suffix}', **fits(5, seed))
    _, arrays = convert(root)
    for seed in (0, 1):
        rows, given = slice(5 * seed, 5 * seed + 5), fits(5, seed)
        pose = np.concatenate(
            [arrays['global_orient'][rows], arrays['body_pose'][rows]], 1)
        np.testing.assert_allclose(
            pose.reshape(5, 72), given['pose'], rtol=1e-6)
        np.testing.assert_allclose(
            arrays['betas'][rows], given['shape'], rtol=1e-6)


def test_priors_draw_from_the_converted_file(root):
    np.savez(root / 'a.npz', **fits())
    convert(root)
    drawn = [
        RealPoses(str(path), mirror=0.)
        for path in (root / 'a.npz', root.parent / 'out' / 'train.mmarts')
    ]
    for reader in drawn:
        torch.manual_seed(0)
        reader.result = reader.draw(7)
    for one, other in zip(*(reader.result for reader in drawn)):
        torch.testing.assert_close(one, other)


@pytest.mark.robustness
def test_bad_files_and_rows_are_named(root):
    arrays = fits()
    arrays['pose'][2, 5] = np.nan
    arrays['pose'][3, 9] = 50
    np.savez(root / 'a.npz', **arrays)
    with pytest.raises(
            ValueError, match='^a.npz, rows, frame 2: pose is not finite$'):
        convert(root)
    entry, found = convert(root, skip_bad=True)
    assert found['frame_index'].tolist() == [0, 1, 4]
    assert entry['bad'][1].startswith('a.npz, row 3: a joint turns by 50')
    for broken, words in ((dict(pose=np.zeros((3, 72))), "lacks .'shape'"),
                          (dict(pose=np.zeros((3, 69)), shape=0),
                           r'pose should be \(any, 72\)'), (dict(
                               pose=np.zeros((3, 72)), shape=np.zeros(
                                   (2, 10))), r'shape should be \(3, any\)')):
        np.savez(root / 'a.npz', **broken)
        with pytest.raises(ValueError, match=f'^a.npz: .*{words}'):
            convert(root)


class _Runs:

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path), )


@pytest.mark.robustness
def test_cut_files_and_pickles_are_refused(root):
    for name, write in (('a.npz', np.savez), ('a.h5', write_h5)):
        write(root / name, **fits())
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[:len(content) // 2])
        with pytest.raises(ValueError, match=f'^{name}: is no complete file'):
            convert(root)
        (root / name).unlink()
    np.savez(root / 'a.npz', pose=np.array(_Runs(root / 'made'), object))
    with pytest.raises(ValueError, match='plain arrays'):
        convert(root)
    assert not (root / 'made').exists()


def test_other_folders_and_rates_are_refused(root):
    with pytest.raises(ValueError, match='no .*of MoSh'):
        convert(root)
    with pytest.raises(ValueError, match='--fps'):
        convert(root, fps=30)


def test_a_real_piece(shared, tmp_path):
    source = shared / 'samples' / 'mmpose_tests' / 'mosh'
    convert_dataset(dict(type='mosh'), str(source), tmp_path)
    arrays = AnnotationFile(tmp_path / 'train.mmarts').arrays
    with np.load(source / 'test_mosh.npz') as file:
        np.testing.assert_allclose(arrays['betas'], file['shape'], rtol=1e-6)
        np.testing.assert_allclose(
            arrays['body_pose'].reshape(-1, 69),
            file['pose'][:, 3:],
            rtol=1e-6)
