# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files of arrays are read; a file that wants more is refused by name."""
import importlib.util
import os
import pickle
import pickletools
import sys
from collections import OrderedDict

import numpy as np
import pytest
from official_files import chumpy_stand_ins, official_pickle, python2_pickle
from scipy import sparse

from mmarts.compat.safe_pickle import load_arrays, load_npz_arrays

ARRAYS = dict(
    shapedirs=np.arange(24.).reshape(4, 3, 2),
    v_template=np.arange(12.).reshape(4, 3),
    J_regressor=np.array([[0, .5, 0, .5], [1, 0, 0, 0]]),
    f=np.array([[0, 1, 2]], np.uint32))


def written(tmp_path, content):
    path = tmp_path / 'file.pkl'
    path.write_bytes(content)
    return path


def assert_same(arrays, expected):
    for key, value in expected.items():
        np.testing.assert_array_equal(arrays[key], value, key)
        assert arrays[key].dtype == value.dtype


@pytest.mark.parametrize('protocol', [0, 1, 2])
def test_official_pickles_are_read_without_chumpy(tmp_path, protocol):
    content = official_pickle(ARRAYS, protocol)
    names = (b'cchumpy.ch\nCh\n', b'cchumpy.reordering\nSelect\n',
             b'cscipy.sparse.csc\ncsc_matrix\n', b'c__builtin__\nset\n',
             b'cnumpy.core.multiarray\n_reconstruct\n')
    assert all(name in content for name in names)
    assert 'chumpy' not in sys.modules
    assert importlib.util.find_spec('chumpy') is None
    arrays = load_arrays(written(tmp_path, content))
    assert_same(arrays, ARRAYS)
    assert arrays['bs_type'] == 'lrotmin'


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_and_kind_of_array_is_read(tmp_path, protocol):
    arrays = dict(
        ARRAYS,
        empty=np.zeros((0, 3)),
        big_endian=np.arange(3).astype('>f4'),
        columns=np.asfortranarray(np.arange(6).reshape(2, 3)),
        flags=np.array([True, False]),
        text=np.array(['a', 'bcd']),
        number=np.float32(3),
        objects=np.array([dict(a=1), None], object))
    assert_same(
        load_arrays(written(tmp_path, pickle.dumps(arrays, protocol))), arrays)
    rows = dict(
        rows=sparse.csr_matrix(ARRAYS['J_regressor']),
        columns=sparse.csc_matrix(ARRAYS['J_regressor']),
        ordered=OrderedDict(a=np.arange(2)))
    read = load_arrays(written(tmp_path, pickle.dumps(rows, protocol)))
    assert_same(read, dict.fromkeys(['rows', 'columns'],
                                    ARRAYS['J_regressor']))
    assert read['ordered']['a'].tolist() == [0, 1]


def test_select_without_a_shape_is_flat(tmp_path):
    with chumpy_stand_ins() as (Ch, Select):
        picked = Select(a=Ch(x=np.arange(6.)), idxs=np.array([4, 1]))
        content = python2_pickle(dict(picked=picked))
    arrays = load_arrays(written(tmp_path, content))
    assert arrays['picked'].tolist() == [4, 1]


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def hiding_places(evil):
    """Where an object may lie in a file."""
    with chumpy_stand_ins() as (Ch, Select):
        base = dict(ARRAYS)
        yield dumped(dict(base, v_template=evil))
        yield dumped(dict(base, info=[(1, dict(deep={'x': evil}))]))
        yield dumped({**base, Call(os.getenv, 'HOME'): evil})
        yield dumped(dict(base, v_template=Ch(x=evil)))
        yield dumped(
            dict(base, v_template=Select(a=Ch(x=base['f']), idxs=evil)))
        yield dumped(evil)
        yield dumped(dict(base, objects=np.array([evil, 1], object)))


def dumped(value):
    return pickle.dumps(value, 2)


@pytest.mark.parametrize('place', range(7))
def test_hidden_calls_do_not_run(tmp_path, place):
    trap = tmp_path / 'it_ran'
    content = list(hiding_places(Call(os.mkdir, str(trap))))[place]
    path = written(tmp_path, content)
    with pytest.raises(
            ValueError, match=r'asks for (posix\.mkdir|os\.getenv)'):
        load_arrays(path)
    assert not trap.exists()


def test_the_trap_of_these_tests_is_live(tmp_path):
    trap = tmp_path / 'it_ran'
    pickle.loads(dumped(dict(a=Call(os.mkdir, str(trap)))))
    assert trap.exists()


@pytest.mark.parametrize('module, name',
                         [('os', 'system'), ('posix', 'system'),
                          ('nt', 'system'), ('builtins', 'eval'),
                          ('builtins', 'exec'), ('__builtin__', 'eval'),
                          ('builtins', 'getattr'), ('builtins', '__import__'),
                          ('builtins', 'open'), ('subprocess', 'Popen'),
                          ('importlib', 'import_module'),
                          ('functools', 'partial'), ('operator', 'attrgetter'),
                          ('types', 'FunctionType'), ('numpy', 'load'),
                          ('numpy', 'memmap'), ('numpy', 'ndarray.tofile'),
                          ('numpy.core.multiarray', 'fromfile'),
                          ('numpy.testing', 'runstring'),
                          ('chumpy.ch', 'ChLambda'),
                          ('chumpy.ch', 'Ch.__init__.__globals__'),
                          ('chumpy', 'os'), ('scipy.sparse.csc', 'np'),
                          ('_codecs', 'decode'), ('copyreg', '__newobj__'),
                          ('copy_reg', 'add_extension'), ('torch', 'load'),
                          ('collections', 'defaultdict')])
@pytest.mark.parametrize('protocol', [0, 4])
def test_anything_else_is_named(tmp_path, module, name, protocol):
    if protocol == 0:
        content = f'c{module}\n{name}\n(tR.'.encode()
    else:
        content = (
            pickle.PROTO + b'\x04' + short_text(module) + short_text(name) +
            pickle.STACK_GLOBAL + b')R.')
    with pytest.raises(ValueError) as error:
        load_arrays(written(tmp_path, content))
    assert f'asks for {module}.{name}, which is not on the list' in str(
        error.value)
    assert 'file.pkl' in str(error.value) and '\n' not in str(error.value)


def short_text(text):
    return pickle.SHORT_BINUNICODE + bytes([len(text)]) + text.encode()


@pytest.mark.parametrize('content', [
    b'cchumpy.ch\nCh\n}b.',
    b"cchumpy.ch\nCh\n(dS'__setstate__'\ncchumpy.ch\nCh\nsb.",
    b"cnumpy\ndtype\n(N(dS'value'\nNstb.",
    b"cnumpy.core.multiarray\n_reconstruct\n(N(dS'call'\nNstb.",
    b"c__builtin__\nset\n(N(dS'call'\nc__builtin__\nobject\nstb.",
    b"c__builtin__\nobject\n(N(dS'state'\nNstb.",
    (b'ccopy_reg\n_reconstructor\n(c__builtin__\nset\n'
     b'c__builtin__\nobject\nNtR.'),
    b'ccopy_reg\n_reconstructor\n(S"os"\nc__builtin__\nobject\nNtR.',
    b'cnumpy\ndtype\n(S"V8"\ntR.',
    b'cnumpy\ndtype\n(S"f8,O"\ntR.',
    b'cnumpy\ndtype\n(ccopy_reg\n_reconstructor\ntR.',
    b'cchumpy.ch\nCh\n.',
    b'(dS"a"\ncnumpy\ndtype\ns.',
    b'(ichumpy.ch\nCh\n.',
    b'Pevil\n.',
    b'\x82\x01.',
    b'\x80\x05\x97.',
    b'\x80\xff.',
    b'(lp0\ng0\na.',
    b'(dp0\nS"a"\n(lp1\ng1\nas.',
    b'',
    b'text',
])
def test_misused_parts_of_the_list_are_refused(tmp_path, content):
    with pytest.raises(ValueError, match='file.pkl'):
        load_arrays(written(tmp_path, content))
    # Whatever it tried to set, the reader reads on as before.
    assert_same(
        load_arrays(written(tmp_path, official_pickle(ARRAYS, 0))), ARRAYS)


def test_arrays_that_would_read_memory_are_refused(tmp_path):
    """State that numpy's own objects would take for pointers or sizes."""

    def state(dtype, shape, raw):
        return (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
                b"(I0\ntS'b'\ntR(I1\n" + shape + b"cnumpy\ndtype\n" + dtype +
                b'I00\n' + raw + b'tb.')

    plain = b"(S'f8'\ntR"
    raw = b"S'" + b'\\x01' * 16 + b"'\n"
    good = b"(dS'a'\n" + state(plain, b'(I2\nt', raw)[:-1] + b's.'
    assert load_arrays(written(tmp_path, good))['a'].shape == (2, )
    for dtype, shape in (
        (plain, b'(I1000000000000\nt'),
        (plain, b'(I-5\nt'),
        (b"(S'O8'\ntR", b'(I2\nI9\nt'),
        (b"(S'V8'\ntR", b'(I2\nt'),
        (b"(S'f8'\ntR(I3\nS'<'\nN(S'a'\ntN(dI8\nI8\nI0\ntb", b'(I2\nt'),
    ):
        content = b"(dS'a'\n" + state(dtype, shape, raw)[:-1] + b's.'
        with pytest.raises(ValueError, match='Cannot read'):
            load_arrays(written(tmp_path, content))


def test_truncated_files_are_one_clear_error(tmp_path):
    content = official_pickle(dict(ARRAYS, f=np.zeros((1, 3))), 2)
    ends = {at for _, _, at in pickletools.genops(content)} - {0}
    for end in sorted(ends)[::3]:
        with pytest.raises(ValueError, match='Cannot read'):
            load_arrays(written(tmp_path, content[:end]))


def test_npz_with_dicts_is_read_and_calls_in_it_are_refused(tmp_path):
    path, trap = tmp_path / 'SMPLX.npz', tmp_path / 'it_ran'
    np.savez(path, part2num=np.array(dict(Head=15), object), **ARRAYS)
    arrays = load_npz_arrays(path)
    assert_same(arrays, ARRAYS)
    assert arrays['part2num'].item() == dict(Head=15)
    np.savez_compressed(
        path, joint2num=np.array(Call(os.mkdir, str(trap)), object), **ARRAYS)
    with pytest.raises(ValueError, match='asks for posix.mkdir'):
        load_npz_arrays(path)
    assert not trap.exists()
    with pytest.raises(ValueError, match='no .npz file'):
        load_npz_arrays(written(tmp_path, b'PK\x03\x04broken'))
