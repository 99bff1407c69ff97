# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Results moved to another body."""
import numpy as np
import pytest
import roma
import torch
from toy_body import toy_arrays

from mmarts.apis import MeshTrack, Track, load_person, save_person
from mmarts.apis.refit import load_body, read_result, refit_person
from mmarts.body_models import SMPL
from mmarts.structures import BodyParams

F = 5


@pytest.fixture
def result(free_body, tmp_path):
    """Path of a result of the free body, turned, bent and of some shape."""
    rotvec = 0.3 * torch.randn(F, 24, 3)
    rotvec[:, 0] += torch.tensor([3.0, 0, 0])
    rotmats = roma.rotvec_to_rotmat(rotvec)
    params = BodyParams(rotmats[:, :1], rotmats[:, 1:],
                        torch.randn(1, 10).expand(F, 10),
                        torch.randn(F, 3) + torch.tensor([0, 0, 4.]))
    joints = free_body.joints(params, 'coco19')
    mesh = MeshTrack(
        **{
            k: v.numpy()
            for k, v in vars(params).items()
        },
        joints3d=joints.numpy(),
        K=np.diag([900., 900., 1.]),
        body_model_id=free_body.body_model_id)
    track = Track(
        np.arange(F), np.zeros((F, 19, 2), np.float32),
        np.ones((F, 19), np.float32), np.zeros((F, 4), np.float32),
        np.ones(F, bool), 30., (640, 480))
    return save_person(tmp_path / 'person_000.npz', track, mesh)


def test_there_and_back_is_the_identity(result, free_body, other_body_file):
    person, other = load_person(result), SMPL(other_body_file)
    there = refit_person(person, free_body, other)
    back = refit_person(there.person, other, free_body)
    assert there.max_mm < 1 and back.max_mm < 1
    for name in ('joints3d', 'transl'):
        np.testing.assert_allclose(back.person[name], person[name], atol=1e-3)
    # The same shape under other coefficients. The last ones hardly move a
    # joint (weight): there the ridge pulls towards the mean.
    assert np.abs(there.person['betas'] - person['betas']).max() > 0.3
    np.testing.assert_allclose(
        back.person['betas'][:, :5], person['betas'][:, :5], atol=0.1)


def test_pose_and_all_else_stay(result, free_body, other_body_file):
    person, other = load_person(result), SMPL(other_body_file)
    moved = refit_person(person, free_body, other).person
    assert set(moved) == set(person)
    assert moved['body_model_id'] == other.body_model_id
    changed = {'betas', 'transl', 'joints3d', 'body_model_id'}
    for key in set(person) - changed:
        np.testing.assert_array_equal(moved[key], person[key])


def test_a_larger_body_of_one_shape_keeps_its_place(result, free_body,
                                                    other_body_file, tmp_path):
    with np.load(other_body_file) as file:
        arrays = dict(file)
    arrays.update(
        v_template=arrays['v_template'] * 1.1,
        shapedirs=arrays['shapedirs'] * 1e-6)
    np.savez(tmp_path / 'large.npz', **arrays)
    person = load_person(result)
    refit = refit_person(person, free_body, SMPL(str(tmp_path / 'large.npz')))
    moved = refit.person
    np.testing.assert_allclose(
        moved['joints3d'].mean(1), person['joints3d'].mean(1), atol=1e-5)
    distance = np.linalg.norm(moved['joints3d'] - person['joints3d'], axis=-1)
    assert refit.mean_mm == pytest.approx(1000 * distance.mean(), rel=1e-3)
    assert refit.mean_mm > 10


def test_joints_of_the_file_are_those_of_its_parameters(
        result, free_body, other_body_file):
    other = SMPL(other_body_file)
    moved = refit_person(load_person(result), free_body, other).person
    params = BodyParams(
        roma.rotvec_to_rotmat(torch.tensor(moved['global_orient']))[:, None],
        roma.rotvec_to_rotmat(torch.tensor(moved['body_pose'])),
        torch.tensor(moved['betas']), torch.tensor(moved['transl']))
    np.testing.assert_allclose(
        other.joints(params, 'coco19').numpy(), moved['joints3d'], atol=1e-5)


def test_without_coco19_own_joints_are_given(result, free_body,
                                             other_body_file, tmp_path):
    with np.load(other_body_file) as file:
        arrays = {k: v for k, v in file.items() if k != 'J_regressor_coco'}
    np.savez(tmp_path / 'bare.npz', **arrays)
    refit = refit_person(
        load_person(result), free_body, SMPL(str(tmp_path / 'bare.npz')))
    assert refit.joint_set == 'smpl24'
    assert refit.person['joints3d'].shape == (F, 24, 3)
    assert refit.person['joint_names'][0] == 'pelvis'
    assert refit.max_mm < 1


def test_tool_writes_whole_files_and_says_the_residual(result, call_tool,
                                                       other_body_file,
                                                       free_body):
    out = call_tool('refit_body', result, '--body-model', other_body_file)
    assert out.returncode == 0, out.stderr
    path = result.with_name('person_000_other.npz')
    assert 'mm' in out.stdout and str(path) in out.stdout
    assert load_person(path)['body_model_id'] == SMPL(
        other_body_file).body_model_id
    assert {p.name
            for p in result.parent.iterdir()
            } == {'person_000.npz', 'person_000_other.npz'}


@pytest.mark.robustness
def test_other_source_body_is_an_error(result, free_body, toy_file):
    toy = SMPL(toy_file)
    with pytest.raises(ValueError, match='--source-body') as error:
        refit_person(load_person(result), toy, free_body)
    for words in (toy.body_model_id, free_body.body_model_id):
        assert f'"{words}"' in str(error.value)


@pytest.mark.robustness
def test_another_joint_tree_is_an_error(result, free_body, tmp_path):
    arrays = toy_arrays()
    arrays['kintree_table'][0, 23] = 0
    np.savez(tmp_path / 'tree.npz', **arrays)
    with pytest.raises(ValueError, match='different joints'):
        refit_person(
            load_person(result), free_body, SMPL(str(tmp_path / 'tree.npz')))


@pytest.mark.robustness
@pytest.mark.parametrize('read', [read_result, load_body])
@pytest.mark.parametrize('content', [b'', b'text', b'PK\x03\x04broken'])
def test_broken_files_are_one_clear_line(read, content, tmp_path):
    path = tmp_path / 'broken.npz'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='broken.npz is no') as error:
        read(str(path))
    assert '\n' not in str(error.value)


@pytest.mark.robustness
def test_missing_files_are_one_clear_line(call_tool, tmp_path):
    out = call_tool('refit_body', tmp_path / 'none.npz', '--body-model',
                    'free')
    assert out.returncode != 0 and 'Traceback' not in out.stderr
    assert out.stderr.startswith('error: There is no result')
    with pytest.raises(FileNotFoundError, match='smpl.is.tue.mpg.de'):
        load_body(str(tmp_path / 'none.pkl'))
