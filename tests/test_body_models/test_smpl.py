# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import subprocess
import sys

import numpy as np
import pytest
import roma
import torch
from official_files import official_pickle
from toy_body import PARENTS, toy_arrays

from mmarts.body_models import SMPL
from mmarts.body_models.smpl import SPIN49_SOURCE
from mmarts.structures import BodyParams, get_joint_set

OFFICIAL_KEYS = ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor',
                 'weights', 'kintree_table')


def random_params(body, *leading, dtype=torch.float64, seed=0):
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*leading, *shape, generator=rng, dtype=dtype)

    turns = roma.rotvec_to_rotmat(0.5 * draw(body.num_joints, 3))
    return BodyParams(turns[..., :1, :, :], turns[..., 1:, :, :],
                      draw(body.num_betas), draw(3))


@pytest.mark.parametrize('dtype, tolerance', [(torch.float32, 1e-6),
                                              (torch.float64, 1e-9)])
def test_agrees_with_smplx(toy_body, toy_file, dtype, tolerance):
    lbs = pytest.importorskip('smplx.lbs').lbs
    body = SMPL(toy_file, dtype=str(dtype).split('.')[1])
    arrays = {
        k: torch.as_tensor(v)
        for k, v in toy_arrays().items() if v.dtype == np.float64
    }
    arrays = {k: v.to(dtype) for k, v in arrays.items()}
    params = random_params(body, 5, dtype=dtype)
    turns = torch.cat([params.global_orient, params.body_pose], 1)
    vertices, joints = lbs(
        params.betas,
        turns,
        arrays['v_template'],
        arrays['shapedirs'],
        arrays['posedirs'].flatten(0, 1).T.contiguous(),
        arrays['J_regressor'],
        torch.tensor(PARENTS),
        arrays['weights'],
        pose2rot=False)
    shift = params.transl[:, None]
    torch.testing.assert_close(
        body.vertices(params), vertices + shift, atol=tolerance, rtol=0)
    torch.testing.assert_close(
        body.joints(params), joints + shift, atol=tolerance, rtol=0)


@pytest.mark.parametrize(
    'joint_set', ['h36m17', 'h36m14', 'pw3d14', 'coco17', 'coco19', 'lsp14'])
def test_joints_without_mesh_equal_joints_of_mesh(toy_body, joint_set):
    params = random_params(toy_body, 2, 3)
    expected = toy_body.regress(toy_body.vertices(params), joint_set)
    actual = toy_body.joints(params, joint_set)
    assert actual.shape == (2, 3, len(get_joint_set(joint_set)), 3)
    torch.testing.assert_close(actual, expected, atol=1e-12, rtol=0)


def test_spin49_takes_posed_joints_and_mesh_points(toy_body):
    arrays = toy_arrays()
    params = random_params(toy_body, 4)
    vertices = toy_body.vertices(params)
    stack = torch.cat([
        toy_body.joints(params), vertices[:, arrays['vertex_picks']],
        torch.as_tensor(arrays['J_regressor_extra']) @ vertices
    ], 1)
    torch.testing.assert_close(
        toy_body.joints(params, 'spin49'), stack[:, SPIN49_SOURCE])


@pytest.mark.parametrize('joint_set',
                         ['spin24', 'openpose25', 'mpii16', 'mpi_inf_3dhp17'])
def test_sets_read_off_spin49(toy_body, joint_set):
    params = random_params(toy_body, 4)
    part = get_joint_set(joint_set)
    index = get_joint_set('spin49').index(*(part.read_joints or part.joints))
    torch.testing.assert_close(
        toy_body.joints(params, joint_set),
        toy_body.joints(params, 'spin49')[:, index])
    # Some are kinematic, so no matrix makes them of the mesh.
    with pytest.raises(KeyError, match='has no regressor'):
        toy_body.regressor(joint_set)


def test_lsp_has_its_own_regressor_or_spins(toy_body, tmp_path):
    params = random_params(toy_body, 2)
    arrays = {k: v for k, v in toy_arrays().items() if 'lsp' not in k}
    np.savez(tmp_path / 'bare.npz', **arrays)
    bare = SMPL(str(tmp_path / 'bare.npz'), dtype='float64')
    torch.testing.assert_close(
        bare.joints(params, 'lsp14'),
        toy_body.joints(params, 'spin49')[:, 25:39])
    assert (bare.joints(params, 'lsp14') -
            toy_body.joints(params, 'lsp14')).abs().max() > 1e-3


def test_rigid_motion_moves_everything_alike(toy_body):
    params = random_params(toy_body, 1)
    turn = roma.random_rotmat().double()
    moved = BodyParams(turn @ params.global_orient, params.body_pose,
                       params.betas, None)
    still = BodyParams(params.global_orient, params.body_pose, params.betas)
    # SMPL turns about the root joint's rest place.
    root = toy_body.joints(still)[:, :1]
    expected = (toy_body.vertices(still) - root) @ turn.T + root
    torch.testing.assert_close(toy_body.vertices(moved), expected)


def test_vertices_only_for_requested_frames(toy_body):
    params = random_params(toy_body, 2, 5)
    out = toy_body(params, 'coco19', frames=torch.tensor([3]))
    assert out.joints3d.shape == (2, 5, 19, 3)
    torch.testing.assert_close(out.vertices, toy_body.vertices(params)[:, [3]])
    assert toy_body(params).vertices is None


def test_free_body_joints_equal_its_mesh(free_body):
    params = random_params(free_body, 8, dtype=torch.float32)
    for joint_set in free_body.joint_sets:
        if joint_set not in free_body.regressed:
            continue
        torch.testing.assert_close(
            free_body.joints(params, joint_set),
            free_body.regress(free_body.vertices(params), joint_set),
            atol=1e-5,
            rtol=0)


def test_gradients_reach_pose_and_shape(toy_body):
    params = random_params(toy_body, 1).map(lambda t: t.requires_grad_())
    toy_body.joints(params, 'coco19').sum().backward()
    assert all(t.grad.abs().sum() > 0
               for t in (params.global_orient, params.body_pose, params.betas))


def test_id_names_the_arrays(tmp_path, toy_body):
    arrays = toy_arrays()
    arrays['v_template'][0, 0] += 1e-3
    np.savez(tmp_path / 'other.npz', **arrays)
    other = SMPL(str(tmp_path / 'other.npz'))
    assert other.body_model_id.startswith('toy-')
    assert other.body_model_id != toy_body.body_model_id


def test_mesh_levels_are_nested(free_body):
    mid, coarse = (free_body.mesh_level(n) for n in ('mid', 'coarse'))
    assert len(set(mid.tolist())) == 1723 and len(coarse) == 431
    assert set(coarse.tolist()) <= set(mid.tolist())
    # Evenly spread: no vertex is far from the coarse mesh.
    points = free_body.v_template
    assert torch.cdist(points, points[coarse]).amin(1).max() < 0.08


def test_missing_file_says_where_to_get_it():
    with pytest.raises(FileNotFoundError, match='smpl.is.tue.mpg.de'):
        SMPL('nowhere/SMPL_NEUTRAL.pkl')


def test_unknown_joint_set_is_named(toy_body):
    with pytest.raises(KeyError, match='no joint set "coco18"'):
        toy_body.joints(random_params(toy_body, 1), 'coco18')


@pytest.mark.parametrize('protocol', [0, 2])
def test_official_pickle_is_the_same_body(tmp_path, toy_body, protocol):
    arrays = {k: v for k, v in toy_arrays().items() if k in OFFICIAL_KEYS}
    path = tmp_path / 'basicModel_m_lbs_10_207_0_v1.0.0.pkl'
    path.write_bytes(official_pickle(arrays, protocol))
    body = SMPL(str(path), dtype='float64')
    params = random_params(toy_body, 1)
    for ours, theirs in ((body.vertices(params), toy_body.vertices(params)),
                         (body.joints(params), toy_body.joints(params))):
        torch.testing.assert_close(ours, theirs, atol=0, rtol=0)
    name, digest = body.body_model_id.split('-')
    assert name == 'SMPL_MALE' and digest in toy_body.body_model_id


def test_regressors_from_files_equal_those_in_the_file(tmp_path, toy_body):
    arrays = toy_arrays()
    bare = {k: arrays[k] for k in (*OFFICIAL_KEYS, 'vertex_picks')}
    np.savez(tmp_path / 'bare.npz', **bare)
    keys = dict(
        h36m17='J_regressor_h36m',
        coco19='J_regressor_coco',
        extra9='J_regressor_extra')
    for key in keys.values():
        np.save(tmp_path / f'{key}.npy', arrays[key])
    body = SMPL(
        str(tmp_path / 'bare.npz'), {
            name: str(tmp_path / f'{key}.npy')
            for name, key in keys.items()
        },
        dtype='float64')
    params = random_params(toy_body, 2)
    for joint_set in ('h36m17', 'h36m14', 'coco17', 'coco19', 'spin49'):
        torch.testing.assert_close(
            body.joints(params, joint_set),
            toy_body.joints(params, joint_set),
            atol=0,
            rtol=0)


def test_extras_pick_the_vertices_of_smpl(tmp_path):
    """Without picks of its own a body has those of SMPL's mesh."""
    from smplx.vertex_ids import vertex_ids
    arrays = toy_arrays(num_vertices=6890)
    np.savez(tmp_path / 'SMPL_MALE.npz',
             **{k: arrays[k]
                for k in OFFICIAL_KEYS})
    np.save(tmp_path / 'J_regressor_extra.npy', arrays['J_regressor_extra'])
    body = SMPL(
        str(tmp_path / 'SMPL_MALE.npz'),
        dict(extra9=str(tmp_path / 'J_regressor_extra.npy')))
    params = random_params(body, 1, dtype=torch.float32)
    joints, vertices = body.joints(params, 'spin49'), body.vertices(params)
    names = get_joint_set('spin49').joints
    for joint, vertex in (('OP_Nose', 'nose'), ('OP_L_Heel', 'LHeel'),
                          ('OP_R_Big_Toe', 'RBigToe'), ('L_Ear', 'lear')):
        torch.testing.assert_close(
            joints[0, names.index(joint)],
            vertices[0, vertex_ids['smplh'][vertex]],
            atol=1e-5,
            rtol=0)


def test_free_path_without_smplx():
    code = ('import sys; sys.modules["smplx"] = None; import torch; '
            'from mmarts.body_models import FreeBody; '
            'body = FreeBody(); print(body.rest_joints(torch.zeros(10)).shape)'
            '; import mmarts.models, mmarts.datasets, mmarts.apis')
    out = subprocess.run([sys.executable, '-c', code],
                         capture_output=True,
                         text=True)
    assert out.returncode == 0, out.stderr
    assert 'torch.Size([24, 3])' in out.stdout
