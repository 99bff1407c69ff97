# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files of joblib are read without it; one that wants more is refused."""
import bz2
import gzip
import lzma
import os
import pickle
import zlib

import numpy as np
import pytest
from joblib_files import write_joblib

from mmarts.compat.safe_joblib import load_joblib

RNG = np.random.default_rng(0)
CONTENT = dict(
    features=RNG.normal(size=(3, 40)).astype('f4'),
    columns=np.asfortranarray(RNG.normal(size=(3, 4))),
    names=np.array(['a/1.jpg', 'b/22.jpg', 'c']),
    objects=np.array(['x', 'longer', None], object),
    empty=np.zeros((0, 3)),
    number=np.array(2.5),
    plain=[1, 'two', dict(three=np.arange(3))])


def assert_same(read):
    assert list(read) == list(CONTENT)
    for key in list(CONTENT)[:-1]:
        np.testing.assert_array_equal(read[key], CONTENT[key], key)
        assert read[key].dtype == CONTENT[key].dtype
    assert read['plain'][:2] == [1, 'two']
    assert read['plain'][2]['three'].tolist() == [0, 1, 2]


@pytest.mark.parametrize('protocol', [2, 3, 4, 5])
@pytest.mark.parametrize('align', [True, False])
def test_arrays_come_back_and_are_mapped(tmp_path, protocol, align):
    path = write_joblib(tmp_path / 'db.pt', CONTENT, protocol, align)
    read = load_joblib(path)
    assert_same(read)
    assert isinstance(read['features'], np.memmap)
    with pytest.raises(ValueError, match='read-only'):
        read['features'][0] = 1


@pytest.mark.parametrize(
    'pack', [zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_unpacked(tmp_path, pack):
    path = write_joblib(tmp_path / 'db.pt', CONTENT)
    path.write_bytes(pack(path.read_bytes()))
    assert_same(load_joblib(path))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match='db.pt'):
        load_joblib(path)


def test_a_plain_pickle_is_read_as_well(tmp_path):
    path = tmp_path / 'db.pkl'
    path.write_bytes(pickle.dumps(CONTENT))
    assert_same(load_joblib(path))


class Runs:
    """A pickle that would make a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path), )


@pytest.mark.robustness
@pytest.mark.parametrize('where', ['beside', 'within'])
def test_nothing_runs(tmp_path, where):
    evil = Runs(tmp_path / 'made')
    content = dict(
        features=np.zeros(3), names=evil) if where == ('beside') else dict(
            names=np.array([evil], object))
    path = write_joblib(tmp_path / 'db.pt', content)
    with pytest.raises(ValueError, match='mkdir, which is not on the list'):
        load_joblib(path)
    assert not (tmp_path / 'made').exists()


@pytest.mark.robustness
def test_damaged_and_foreign_files_are_one_line(tmp_path):
    path = write_joblib(tmp_path / 'db.pt', CONTENT)
    data = path.read_bytes()
    for count in (1, 5, 100, 400, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:count])
        with pytest.raises(ValueError, match='Cannot read .*db.pt safely'):
            load_joblib(path)
    for content, words in ((b'', 'safely'), (b'PK\3\4 weights of torch',
                                             'safely'), (pickle.dumps([1]),
                                                         'holds a list')):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            load_joblib(path)
