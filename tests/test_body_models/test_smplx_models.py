# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SMPL-X, SMPL-H and MANO agree with smplx called directly."""
import pickle
import sys

import numpy as np
import pytest
import roma
import torch
from official_files import (PARENTS_OF, official_arrays, official_pickle,
                            python2_pickle)

from mmarts.registry import BODY_MODELS
from mmarts.structures import BodyParams, get_joint_set

smplx = pytest.importorskip('smplx')
# Columns of the shape basis as published; expressions are the last.
COLUMNS = dict(SMPLX=20, SMPLH=16, MANO=10)
FILES = dict(
    SMPLX='SMPLX_NEUTRAL.npz', SMPLH='male/model.npz', MANO='MANO_RIGHT.npz')
KINDS = list(COLUMNS)
TOLERANCE = {'float32': 1e-6, 'float64': 1e-9}


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """One file a kind, and its arrays."""
    root = tmp_path_factory.mktemp('bodies')
    made = {}
    for kind in KINDS:
        path = root / FILES[kind]
        path.parent.mkdir(exist_ok=True)
        arrays = official_arrays(kind, COLUMNS[kind])
        np.savez(path, **arrays)
        made[kind] = path, arrays
    return made


@pytest.fixture(scope='module')
def bodies(files):
    """Those bodies, built in float32."""
    return {
        kind:
        BODY_MODELS.build(dict(type=kind, model_path=str(files[kind][0])))
        for kind in KINDS
    }


def random_params(body, *leading, dtype=torch.float32, seed=0):
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*leading, *shape, generator=rng, dtype=dtype)

    turns = roma.rotvec_to_rotmat(0.5 * draw(body.num_joints, 3))
    return BodyParams(turns[..., :1, :, :], turns[..., 1:, :, :],
                      draw(body.num_betas), draw(3))


def by_smplx(kind, path, params, dtype, **kwargs):
    """Vertices and own joints of smplx' layer for the same rotations."""
    layer = getattr(smplx, f'{kind}Layer')(
        str(path), ext='npz', dtype=dtype, use_pca=False, **kwargs)
    pose = params.body_pose
    parts = dict(hand_pose=pose) if kind == 'MANO' else dict(
        body_pose=pose[:, :21],
        left_hand_pose=pose[:, -30:-15],
        right_hand_pose=pose[:, -15:])
    if kind == 'SMPLX':
        parts.update(
            zip(('jaw_pose', 'leye_pose', 'reye_pose'), pose[:, 21:24,
                                                             None].unbind(1)),
            expression=params.betas[:, 10:])
    out = layer(
        betas=params.betas[:, :10],
        global_orient=params.global_orient,
        transl=params.transl,
        **parts)
    return out.vertices, out.joints[:, :pose.shape[1] + 1]


@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('kind', KINDS)
def test_agrees_with_smplx(files, kind, dtype):
    path, _ = files[kind]
    # Of a file of 20 columns smplx takes all ten expressions or fails.
    expressions = 10 if kind == 'SMPLX' else 0
    extra = dict(num_expression_coeffs=10) if expressions else {}
    body = BODY_MODELS.build(
        dict(type=kind, model_path=str(path), dtype=dtype, **extra))
    assert body.num_betas == 10 + expressions
    params = random_params(body, 3, dtype=getattr(torch, dtype))
    # Half a metre from the origin: float32 has 3e-8 m to spare there.
    params.transl = 0.2 * params.transl
    vertices, joints = by_smplx(kind, path, params, getattr(torch, dtype),
                                **extra)
    for actual, expected in ((body.vertices(params), vertices),
                             (body.joints(params), joints)):
        torch.testing.assert_close(
            actual, expected, atol=TOLERANCE[dtype], rtol=0)
    assert (vertices[0] - vertices[1]).norm(dim=-1).max() > 0.1


def test_published_layout_of_400_columns(tmp_path):
    path = tmp_path / 'SMPLX_FEMALE.npz'
    arrays = official_arrays('SMPLX', 400, seed=1)
    np.savez(path, **arrays)
    config = dict(
        type='SMPLX',
        model_path=str(path),
        dtype='float64',
        num_expression_coeffs=12)
    body = BODY_MODELS.build(config)
    np.testing.assert_array_equal(body.shapedirs[..., 10:],
                                  arrays['shapedirs'][..., 300:312])
    params = random_params(body, 1, dtype=torch.float64)
    vertices, _ = by_smplx(
        'SMPLX', path, params, torch.float64, num_expression_coeffs=12)
    torch.testing.assert_close(
        body.vertices(params), vertices, atol=1e-9, rtol=0)
    assert body.body_model_id.startswith('SMPLX_FEMALE-')
    assert BODY_MODELS.build(dict(
        config, num_expression_coeffs=0)).body_model_id != body.body_model_id


@pytest.mark.parametrize('kind', KINDS)
def test_contract(bodies, files, kind):
    body, (_, arrays) = bodies[kind], files[kind]
    own = get_joint_set(body.joint_set)
    assert len(own) == body.num_joints
    assert body.parents == PARENTS_OF[kind]
    # The joint set's tree is the file's.
    assert {(p, j)
            for j, p in enumerate(body.parents)
            if p >= 0} == set(own.bone_indices)
    assert body.num_vertices == len(arrays['v_template'])
    assert body.faces.shape == (200, 3) and body.faces.dtype == torch.int64
    assert body.regressor(body.joint_set).shape == (len(own),
                                                    body.num_vertices)
    rest = body.rest_joints(torch.zeros(body.num_betas))
    torch.testing.assert_close(
        rest, body.regress(body.v_template, body.joint_set), atol=1e-6, rtol=0)
    assert not body.state_dict()
    assert len(body.mesh_level('coarse').unique()) == 431


@pytest.mark.parametrize('kind', KINDS)
def test_frames_and_vertices_that_are_asked_for(bodies, kind):
    body = bodies[kind]
    params = random_params(body, 2, 3)
    full = body.vertices(params)
    out = body(params, frames=torch.tensor([2]), level='coarse')
    assert out.joints3d.shape == (2, 3, body.num_joints, 3)
    torch.testing.assert_close(
        out.vertices,
        full[:, [2]][:, :, body.mesh_level('coarse')],
        atol=1e-6,
        rtol=0)
    assert body(params).vertices is None


def test_mano_tips_are_smplx_tips(bodies):
    from smplx.vertex_ids import vertex_ids
    body = bodies['MANO']
    params = random_params(body, 4)
    joints = body.joints(params, 'mano21')
    torch.testing.assert_close(joints[:, :16], body.joints(params))
    names = [j.removesuffix('_tip') for j in get_joint_set('mano21').joints]
    tips = [vertex_ids['mano'][name] for name in names[16:]]
    torch.testing.assert_close(
        joints[:, 16:], body.vertices(params)[:, tips], atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match='"mid" has 1723 vertices'):
        body.mesh_level('mid')


@pytest.mark.parametrize('tips, ends', [('smplx', [554, 671]),
                                        ('freihand', [555, 672])])
def test_joints_with_tips_are_read_off_a_mesh(files, tips, ends):
    body = BODY_MODELS.build(
        dict(type='MANO', model_path=str(files['MANO'][0]), tips=tips))
    params = random_params(body, 2)
    mesh = body.vertices(params)
    joints = body.regress(mesh, 'freihand21')
    whole = body.joints(params, 'freihand21')
    names = get_joint_set('freihand21')
    ends_at = names.index('ring_tip', 'pinky_tip')
    torch.testing.assert_close(joints[:, ends_at], mesh[:, ends])
    # Other joints of a mesh are the skeleton's at rest alone.
    every = names.index(*(j for j in names.joints if j.endswith('_tip')))
    torch.testing.assert_close(
        joints[:, every], whole[:, every], atol=1e-6, rtol=0)
    rest = body.regress(body.v_template, 'freihand21')
    torch.testing.assert_close(
        rest,
        body.rest_joints(torch.zeros(1, body.num_betas), 'freihand21')[0],
        atol=1e-6,
        rtol=0)


def test_regressed_joints_equal_joints_of_the_mesh(files, tmp_path):
    path, arrays = files['SMPLH']
    rng = np.random.default_rng(0)
    rows = np.zeros((17, len(arrays['v_template'])))
    rows[:, rng.choice(rows.shape[1], 50, replace=False)] = rng.dirichlet(
        np.ones(50), 17)
    np.save(tmp_path / 'h36m.npy', rows)
    body = BODY_MODELS.build(
        dict(
            type='SMPLH',
            model_path=str(path),
            dtype='float64',
            num_betas=16,
            regressors=dict(h36m17=str(tmp_path / 'h36m.npy'))))
    assert body.joint_sets == ['smplh52', 'h36m17', 'h36m14', 'pw3d14']
    params = random_params(body, 2, 2, dtype=torch.float64)
    for joint_set in ('h36m17', 'h36m14'):
        torch.testing.assert_close(
            body.joints(params, joint_set),
            body.regress(body.vertices(params), joint_set),
            atol=1e-12,
            rtol=0)


def test_gradients_reach_pose_and_shape(bodies):
    body = bodies['MANO']
    params = random_params(body, 2).map(lambda t: t.requires_grad_())
    body.joints(params, 'mano21').sum().backward()
    assert all(t.grad.abs().sum() > 0
               for t in (params.global_orient, params.body_pose, params.betas))


def test_double_is_the_body_of_float32_in_float64(bodies, files):
    body = BODY_MODELS.build(
        dict(type='MANO', model_path=str(files['MANO'][0]))).double()
    params = random_params(body, 2, dtype=torch.float64)
    assert body.vertices(params).dtype == torch.float64
    torch.testing.assert_close(
        body.vertices(params).float(),
        bodies['MANO'].vertices(params.map(lambda t: t.float())),
        atol=1e-6,
        rtol=0)


@pytest.mark.parametrize('kind', KINDS)
def test_pickles_are_the_same_body(bodies, files, tmp_path, kind):
    _, arrays = files[kind]
    path = tmp_path / f'{kind}_MALE.pkl'
    if kind == 'SMPLX':
        path.write_bytes(pickle.dumps(arrays))
    elif kind == 'SMPLH':
        path.write_bytes(python2_pickle(arrays))
    else:
        path = tmp_path / 'MANO_RIGHT.pkl'
        path.write_bytes(official_pickle(arrays, protocol=2))
    body = BODY_MODELS.build(dict(type=kind, model_path=str(path)))
    if kind != 'SMPLX':  # its .npz is the neutral one
        assert body.body_model_id == bodies[kind].body_model_id
    params = random_params(body, 1)
    torch.testing.assert_close(
        body.vertices(params), bodies[kind].vertices(params), atol=0, rtol=0)


def test_found_by_side(files, tmp_path, monkeypatch):
    monkeypatch.setenv('MMARTS_BODY_MODELS', str(tmp_path))
    (tmp_path / 'mano').mkdir()
    path = tmp_path / 'mano' / 'MANO_LEFT.npz'
    path.write_bytes(files['MANO'][0].read_bytes())
    body = BODY_MODELS.build(dict(type='MANO', side='left'))
    assert body.name == 'MANO_LEFT'
    with pytest.raises(FileNotFoundError, match='mano.is.tue.mpg.de'):
        BODY_MODELS.build(dict(type='MANO'))


@pytest.mark.robustness
@pytest.mark.parametrize('config, words', [
    (dict(type='SMPLX', num_betas=11), 'has 10 shape and 10 expression'),
    (dict(type='SMPLX', num_expression_coeffs=11), 'num_expression_coeffs=11'),
    (dict(type='SMPLH', num_betas=17), '16 shape coefficients'),
    (dict(type='MANO', regressors=dict(extra9='x.npy')), 'belongs to SMPL'),
    (dict(type='SMPLH', gender='woman'), 'neutral, male, female'),
    (dict(type='MANO', side='middle'), 'right, left'),
    (dict(type='MANO', tips='nails'), 'smplx.*freihand'),
])
def test_wrong_arguments_are_one_clear_line(files, config, words):
    if 'gender' not in config and 'side' not in config:
        config['model_path'] = str(files[config['type']][0])
    with pytest.raises(ValueError, match=words) as error:
        BODY_MODELS.build(config)
    assert '\n' not in str(error.value)


@pytest.mark.robustness
def test_wrong_tensors_and_files_are_named(bodies, files):
    params = random_params(bodies['SMPLH'], 1)
    with pytest.raises(ValueError, match=r'expects body_pose \(..., 15, 3, 3'):
        bodies['MANO'].vertices(params)
    with pytest.raises(ValueError, match='body of 52 joints'):
        BODY_MODELS.build(
            dict(type='SMPLX', model_path=str(files['SMPLH'][0])))
    with pytest.raises(ValueError, match='SMPLH 52'):
        BODY_MODELS.build(dict(type='SMPL', model_path=str(files['SMPLH'][0])))


def test_without_smplx_the_error_is_its_command(files, monkeypatch):
    monkeypatch.setitem(sys.modules, 'smplx', None)
    with pytest.raises(ImportError, match='"smplx".*pip install smplx'):
        BODY_MODELS.build(dict(type='MANO', model_path=str(files['MANO'][0])))
