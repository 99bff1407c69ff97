# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Coarser meshes: of a sphere, of the free body, of files."""
import numpy as np
import pytest
import torch
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import ConvexHull

from mmarts.body_models import SMPL
from mmarts.body_models.meshes import mesh_hierarchy
from mmarts.body_models.meshes.mesh_decimation import decimate, mesh_edges
from mmarts.body_models.meshes.mesh_hierarchy import (body_hierarchy,
                                                      hierarchy_file,
                                                      make_hierarchy,
                                                      read_released)


def sphere(count=800):
    """Evenly spread points and their outward faces."""
    i = np.arange(count) + 0.5
    z, turn = 1 - 2 * i / count, np.pi * (1 + 5**0.5) * i
    side = np.sqrt(1 - z**2)
    points = np.stack([side * np.cos(turn), side * np.sin(turn), z], 1)
    return points, ConvexHull(points).simplices.astype(np.int64)


@pytest.fixture(scope='module')
def ball():
    pytest.importorskip('fast_simplification')
    points, faces = sphere()
    return points, faces, make_hierarchy(points[None], faces, (200, 50))


def test_a_closed_mesh_stays_closed(ball):
    hierarchy = ball[2]
    assert hierarchy.sizes == (800, 200, 50)
    for level, size in enumerate(hierarchy.sizes):
        # Euler: V - E + F = 2, and every face has three halves of an edge.
        assert len(getattr(hierarchy, f'edges{level}')) == 3 * size - 6


def test_upsampling_keeps_constants_and_moves_with_the_mesh(ball):
    points, _, hierarchy = ball
    mesh = torch.as_tensor(points).float()
    coarse = hierarchy.coarsen(mesh)[-1]
    ones = hierarchy.refine(torch.ones(2, 50, 3))[0]
    torch.testing.assert_close(ones, torch.ones(2, 800, 3))
    shift = torch.tensor([0.3, -2., 5.])
    torch.testing.assert_close(
        hierarchy.refine(coarse + shift)[0],
        hierarchy.refine(coarse)[0] + shift,
        atol=1e-5,
        rtol=0)


def test_coarse_vertices_are_fine_ones_and_come_back(ball):
    points, _, hierarchy = ball
    meshes = hierarchy.coarsen(torch.as_tensor(points).float())
    back = hierarchy.refine(meshes[-1])
    for level, mesh in enumerate(hierarchy.coarsen(back[0])[1:], 1):
        torch.testing.assert_close(mesh, back[level], atol=1e-6, rtol=0)
    torch.testing.assert_close(back[-1], meshes[-1])
    places = {tuple(p) for p in meshes[0].tolist()}
    assert {tuple(p) for p in meshes[-1].tolist()} <= places


def test_a_smooth_field_survives(ball):
    points, _, hierarchy = ball
    field = torch.as_tensor(np.sin(points @ np.ones((3, 3)) + 1)).float()
    back = hierarchy.refine(hierarchy.coarsen(field)[-1])[0]
    assert (back - field).square().mean().sqrt() < 0.05


def test_distances_are_those_of_the_graph(ball):
    hierarchy = ball[2]
    near = hierarchy.adjacency().numpy()
    assert near.diagonal().all() and (near == near.T).all()
    distance = hierarchy.graph_distance(4).numpy()
    expected = shortest_path(near, unweighted=True)
    np.testing.assert_array_equal(distance, np.minimum(expected, 5))


def test_a_mesh_with_a_rim_is_decimated_too():
    pytest.importorskip('fast_simplification')
    x, y = np.meshgrid(np.arange(20.), np.arange(20.))
    points = np.stack([x, y, np.sin(x / 4)], -1).reshape(-1, 3)
    at = np.arange(400).reshape(20, 20)
    a, b, c, d = (
        p.ravel()
        for p in (at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    kept, coarse = decimate(points, faces, 100)
    assert len(set(kept)) == 100 and coarse.max() == 99
    assert len(kept) - len(mesh_edges(coarse)) + len(coarse) == 1


@pytest.mark.robustness
def test_what_cannot_be_decimated_is_named(ball):
    points, faces, _ = ball
    with pytest.raises(ValueError, match='cannot be decimated to 800'):
        decimate(points, faces, 800)
    with pytest.raises(ValueError, match='one or two faces'):
        decimate(points, np.concatenate([faces, faces[:1]]), 100)


def test_the_free_bodys_file_is_its_own(free_body):
    file = hierarchy_file(free_body, (1723, 431))
    before = file.read_bytes()
    hierarchy = body_hierarchy(free_body)
    assert hierarchy.sizes == (6890, 1723, 431)
    assert [len(getattr(hierarchy, f'edges{i}'))
            for i in range(3)] == [3 * n - 6 for n in hierarchy.sizes]
    assert file.read_bytes() == before


def test_the_free_body_loses_millimetres(free_body):
    """At rest, and with smooth waves of 10 cm over it."""
    hierarchy = body_hierarchy(free_body)
    rest = free_body.v_template
    field = 0.1 * (5 * rest @ torch.eye(3).roll(1, 0) + 1).sin()
    for mesh, limit in ((rest, 0.002), (rest + field, 0.005)):
        back = hierarchy.refine(hierarchy.coarsen(mesh)[-1])[0]
        assert (back - mesh).square().sum(-1).mean().sqrt() < limit


@pytest.fixture
def ball_body(tmp_path):
    """A body whose mesh is the sphere, as a file."""
    pytest.importorskip('fast_simplification')
    from toy_body import toy_arrays
    points, faces = sphere(300)
    path = tmp_path / 'ball.npz'
    np.savez(path, **dict(toy_arrays(), v_template=points, f=faces))
    return SMPL(str(path))


def test_a_hierarchy_is_made_once(ball_body, monkeypatch):
    first = body_hierarchy(ball_body, (100, ))
    monkeypatch.setattr(mesh_hierarchy, 'make_hierarchy',
                        lambda *args: pytest.fail('made again'))
    second = body_hierarchy(ball_body, (100, ))
    for (name, a), b in zip(first.named_buffers(), second.buffers()):
        assert torch.equal(a, b), name


def test_another_body_does_not_get_the_old_file(ball_body):
    body_hierarchy(ball_body, (100, ))
    file = hierarchy_file(ball_body, (100, ))
    with np.load(file) as arrays:
        np.savez(file, **dict(arrays, checksum=np.array('other')))
    ball_body.v_template[:, 0] *= 2
    body_hierarchy(ball_body, (100, ))
    with np.load(file) as arrays:
        assert len(str(arrays['checksum'])) == 64


def test_a_folder_without_write_access_costs_only_time(ball_body, monkeypatch):

    def refuse(*args, **kwargs):
        raise PermissionError('read-only')

    monkeypatch.setattr(mesh_hierarchy, '_write', refuse)
    assert body_hierarchy(ball_body, (100, )).sizes == (300, 100)


def test_released_matrices_of_any_sparse_format(tmp_path, free_body):
    """Rows of the file as they are, though they do not sum to 1."""
    rng = np.random.default_rng(0)
    up = rng.random((6, 3)) * (rng.random((6, 3)) > 0.4)
    up[0] = [0, 2, 0]
    down = np.eye(6)[[1, 3, 5]]
    near = np.eye(3) + np.eye(3, k=1) + np.eye(3, k=-1)

    def objects(*matrices):
        array = np.empty(len(matrices), object)
        array[:] = matrices
        return array

    path = tmp_path / 'mesh_downsampling.npz'
    np.savez(
        path,
        A=objects(csr_matrix((6, 6)), coo_matrix(near)),
        U=objects(csc_matrix(up)),
        D=objects(csr_matrix(down)))
    hierarchy = read_released(path)
    coarse, fine = torch.randn(2, 3, 3), torch.randn(2, 6, 3)
    torch.testing.assert_close(
        hierarchy.refine(coarse)[0],
        torch.as_tensor(up).float() @ coarse)
    torch.testing.assert_close(
        hierarchy.coarsen(fine)[1],
        torch.as_tensor(down).float() @ fine)
    assert hierarchy.adjacency().int().tolist() == near.astype(int).tolist()
    # A file may hold coarser meshes than are asked for.
    np.savez(
        tmp_path / 'more.npz',
        A=objects(csr_matrix((6, 6)), coo_matrix(near), csr_matrix((2, 2))),
        U=objects(csc_matrix(up), csr_matrix(np.ones((3, 2)) / 2)),
        D=objects(csr_matrix(down), csr_matrix(np.eye(3)[:2])))
    assert read_released(tmp_path / 'more.npz').sizes == (6, 3, 2)
    first = read_released(tmp_path / 'more.npz', 1)
    assert first.sizes == (6, 3)
    torch.testing.assert_close(
        first.refine(coarse)[0],
        hierarchy.refine(coarse)[0])
    with pytest.raises(ValueError, match=r'has meshes of \(6, 3, 2\)'):
        body_hierarchy(free_body, path=str(tmp_path / 'more.npz'))
    with pytest.raises(ValueError, match=r'has meshes of \(6, 3\)'):
        body_hierarchy(free_body, path=str(path))
    np.savez(path, A=1)
    with pytest.raises(ValueError, match='A, U and D'):
        read_released(path)
