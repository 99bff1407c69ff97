# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files in the exact layout of the official bodies, with random content.

The pickles of SMPL and MANO were written by Python 2 and hold objects of
chumpy, which is not installed: stand-ins with its names are pickled, and are
gone before anything is read.
"""
import io
import pickle
import struct
import sys
import types
from contextlib import contextmanager

import numpy as np
from scipy import sparse
from toy_body import PARENTS

_HAND = (0, 1, 2, 0, 4, 5, 0, 7, 8, 0, 10, 11, 0, 13, 14)


def _hand_parents(first, wrist):
    return tuple(wrist if p == 0 else p - 1 + first for p in _HAND)


PARENTS_OF = dict(
    SMPLX=PARENTS[:22] + (15, 15, 15) + _hand_parents(25, 20) +
    _hand_parents(40, 21),
    SMPLH=PARENTS[:22] + _hand_parents(22, 20) + _hand_parents(37, 21),
    MANO=(-1, ) + _hand_parents(1, 0))
NUM_VERTICES = dict(SMPLX=10475, SMPLH=6890, MANO=778)


def official_arrays(kind, columns, seed=0):
    """Arrays of an SMPL-X, SMPL-H or MANO file; most of them zeros.

    Skin weights, pose correctives and shapes are set where smplx looks for
    joints, and on 400 other vertices.
    """
    from smplx.vertex_ids import vertex_ids
    rng = np.random.default_rng(seed)
    parents, vertices = PARENTS_OF[kind], NUM_VERTICES[kind]
    joints = len(parents)
    looked_at = list(vertex_ids[kind.lower()].values())
    active = np.union1d(looked_at, rng.choice(vertices, 400, replace=False))

    def spread(scale, *shape):
        array = np.zeros((vertices, *shape), np.float32)
        array[active] = rng.normal(0, scale, (len(active), *shape))
        return array

    regressor = np.zeros((joints, vertices))
    for row in regressor:
        row[rng.choice(active, 6, replace=False)] = rng.dirichlet(np.ones(6))
    weights = np.zeros((vertices, joints))
    weights[:, 0] = 1
    weights[active] = rng.dirichlet(np.full(joints, 0.05), len(active))
    hands = dict(components=np.eye(45), mean=rng.normal(0, 0.2, 45))
    sides = [''] if kind == 'MANO' else ['l', 'r']
    arrays = dict(
        v_template=rng.normal(0, 0.4, (vertices, 3)),
        f=rng.integers(0, vertices, (200, 3)).astype(np.uint32),
        shapedirs=spread(0.02, 3, columns),
        posedirs=spread(0.005, 3, 9 * (joints - 1)),
        J_regressor=regressor,
        weights=weights,
        kintree_table=np.array([(2**32 - 1, ) + parents[1:],
                                range(joints)], np.uint32),
        **{
            f'hands_{k}{s}': v
            for k, v in hands.items()
            for s in sides
        })
    # smplx rounds what it reads to float32, even for float64.
    arrays = {
        k: v.astype('f4').astype(v.dtype) if v.dtype.kind == 'f' else v
        for k, v in arrays.items()
    }
    if kind == 'SMPLX':
        arrays.update(
            lmk_faces_idx=rng.integers(0, 200, 51),
            lmk_bary_coords=rng.dirichlet(np.ones(3), 51),
            # numpy writes these two as pickles.
            joint2num=np.array(dict(Pelvis=0), object),
            part2num=np.array(dict(Head=15), object))
    return arrays


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 wrote: byte strings, and the names of its time."""

    dispatch = dict(pickle._Pickler.dispatch)
    names = {
        'builtins': '__builtin__',
        'copyreg': 'copy_reg',
        'numpy._core.multiarray': 'numpy.core.multiarray',
        'scipy.sparse._csc': 'scipy.sparse.csc',
    }

    def save_text(self, value):
        raw = value.encode('latin1') if isinstance(value, str) else value
        if not self.bin:
            self.write(pickle.STRING + repr(raw)[1:].encode() + b'\n')
        elif len(raw) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(raw)]) + raw)
        else:
            self.write(pickle.BINSTRING + struct.pack('<i', len(raw)) + raw)
        self.memoize(value)

    def save_name(self, value, name=None):
        module = self.names.get(value.__module__, value.__module__)
        self.write(f'c{module}\n{name or value.__name__}\n'.encode())
        self.memoize(value)

    dispatch[bytes] = dispatch[str] = save_text
    dispatch[type] = dispatch[types.FunctionType] = save_name
    dispatch[types.BuiltinFunctionType] = save_name
    save_global = save_name


@contextmanager
def chumpy_stand_ins():
    """``Ch`` and ``Select`` with chumpy's names and pickled state."""

    class Ch:

        def __init__(self, **terms):
            self.__dict__.update(
                terms, _dirty_vars=set(terms), _itr=None, _depends_on_deps={})

    class Select(Ch):
        pass

    modules = {}
    for module, cls in (('chumpy.ch', Ch), ('chumpy.reordering', Select)):
        cls.__module__, cls.__qualname__ = module, cls.__name__
        modules[module] = types.ModuleType(module)
        setattr(modules[module], cls.__name__, cls)
    modules['chumpy'] = types.ModuleType('chumpy')
    sys.modules.update(modules)
    try:
        yield Ch, Select
    finally:
        for module in modules:
            del sys.modules[module]


def python2_pickle(value, protocol=2):
    """Bytes that Python 2 would have written."""
    file = io.BytesIO()
    Python2Pickler(file, protocol).dump(value)
    return file.getvalue()


def official_pickle(arrays, protocol=2):
    """The arrays as SMPL 1.0 and MANO hold them, chumpy and scipy included."""
    with chumpy_stand_ins() as (Ch, Select):
        shapedirs = arrays['shapedirs']
        # MANO's shapes are picked from a longer basis.
        longer = np.concatenate([shapedirs, shapedirs], -1)
        picked = np.arange(longer.size).reshape(
            longer.shape)[..., :shapedirs.shape[-1]]
        content = dict(
            arrays,
            shapedirs=Select(
                a=Ch(x=longer),
                idxs=picked.ravel(),
                preferred_shape=shapedirs.shape),
            v_template=Ch(x=arrays['v_template']),
            J_regressor=sparse.csc_matrix(arrays['J_regressor']),
            bs_type='lrotmin',
            bs_style='lbs')
        return python2_pickle(content, protocol)
