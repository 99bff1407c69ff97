# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Weights, inputs and a body that two implementations rebuild from a seed.

The rule of the parity kit: what a number is depends on the seed and on a
name only, so neither side needs files of the other. Nothing is learned, and
the body is no human.
"""
import zlib

import numpy as np
from scipy.spatial import ConvexHull
from toy_body import PARENTS

NUM_VERTICES = 6890


def rng(name: str, seed: int) -> np.random.Generator:
    """The generator of a name."""
    return np.random.default_rng(zlib.crc32(f'{seed}:{name}'.encode()))


def fill(key: str, shape: tuple, seed: int = 0) -> np.ndarray:
    """Value of a weight from its name in the release.

    Matrices and kernels are normal with variance 1 over their inputs, scales
    of norms lie around 1, biases around 0; running statistics are those of a
    norm that has seen data.
    """
    leaf = key.rpartition('.')[2]
    if leaf == 'num_batches_tracked':
        return np.zeros(shape, np.int64)
    x = rng(key, seed).standard_normal(tuple(shape)).astype(np.float32)
    if leaf == 'running_var':
        return 1 + 0.1 * np.abs(x)
    if leaf == 'running_mean':
        return 0.1 * x
    if len(shape) > 1 and leaf != 'pos_embed':
        return x / np.float32(np.sqrt(int(np.prod(shape[1:]))))
    return 1 + 0.05 * x if leaf in ('weight', 'gamma') else 0.05 * x


def inputs(name: str, shape: tuple, seed: int = 0) -> np.ndarray:
    """Standard normal float32 input of a name."""
    draw = rng(f'input/{name}', seed).standard_normal(shape)
    return draw.astype(np.float32)


def body(seed: int = 0) -> dict:
    """Arrays of an SMPL-format body: an ellipsoid with smooth directions.

    ``J_regressor_h36m`` and ``J_regressor_coco`` have 17 rows,
    ``J_regressor_extra`` has 9; float64, metres.
    """
    draw, count = rng('body', seed), NUM_VERTICES
    place = np.arange(count) + 0.5
    polar = np.arccos(1 - 2 * place / count)
    around = np.pi * (1 + 5**0.5) * place
    sphere = np.stack([
        np.cos(around) * np.sin(polar),
        np.cos(polar),
        np.sin(around) * np.sin(polar)
    ], 1)
    faces = ConvexHull(sphere).simplices.astype(np.int64)
    vertices = sphere * np.array([0.45, 0.9, 0.2])
    waves = 2 * draw.standard_normal((12, 3))
    basis = np.sin(vertices @ waves.T + draw.uniform(0, 6.28, 12))
    shapedirs = basis @ draw.standard_normal((12, 30)) * 0.01
    posedirs = basis @ draw.standard_normal((12, 3 * 207)) * 0.0005
    joints = np.zeros((24, 3))
    for joint, parent in enumerate(PARENTS[1:], 1):
        step = draw.standard_normal(3) * np.array([0.08, 0.15, 0.03])
        joints[joint] = joints[parent] + step
    regressor = _regressor(vertices, joints, draw)
    weights = _skin_weights(vertices, joints)
    tree = np.stack([PARENTS, np.arange(24)]).astype(np.int64)
    tree[0, 0] = 2**32 - 1

    def pick(number):
        return _regressor(vertices, vertices[draw.integers(0, count, number)],
                          draw)

    return dict(
        v_template=vertices,
        shapedirs=shapedirs.reshape(count, 3, 10),
        posedirs=posedirs.reshape(count, 3, 207),
        J_regressor=regressor,
        weights=weights,
        kintree_table=tree,
        f=faces,
        J_regressor_h36m=pick(17),
        J_regressor_extra=pick(9),
        J_regressor_coco=pick(17))


def _regressor(vertices, points, draw) -> np.ndarray:
    """Each point as a random mean of the 32 vertices around it."""
    matrix = np.zeros((len(points), len(vertices)))
    for row, point in zip(matrix, points):
        near = np.argsort(((vertices - point)**2).sum(1))[:32]
        share = draw.uniform(0.1, 1, 32)
        row[near] = share / share.sum()
    return matrix


def _skin_weights(vertices, joints) -> np.ndarray:
    """Of the four joints that are nearest to each vertex."""
    distance = ((vertices[:, None] - joints[None])**2).sum(-1)
    weights = np.exp(-distance / 0.02)
    mask = np.zeros_like(weights)
    np.put_along_axis(mask, np.argsort(-weights, 1)[:, :4], 1, 1)
    weights = weights * mask + 1e-12 * mask
    return weights / weights.sum(1, keepdims=True)
