# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files of people: complete, readable without pickle, atomic."""
import numpy as np
import pytest
import roma
import torch

from mmarts.apis import MeshTrack, Track, load_person, save_person
from mmarts.apis.results import project_joints, reprojection_error
from mmarts.structures import get_joint_set
from mmarts.version import __version__

KEYS = {
    'frames', 'times', 'valid', 'segments', 'switches', 'global_orient',
    'body_pose', 'betas', 'transl', 'joints3d', 'joint_names', 'keypoints2d',
    'keypoints2d_score', 'boxes', 'K', 'focal_length', 'fps', 'image_size',
    'body_model_id', 'version'
}
F = 7


@pytest.fixture
def mesh_track():
    rng = np.random.default_rng(0)
    rotmats = roma.random_rotmat((F, 24)).numpy()
    joints = rng.normal(size=(F, 19, 3)) * 0.5 + [0, 0, 4]
    K = np.array([[900., 0, 320], [0, 900, 240], [0, 0, 1]])
    return MeshTrack(rotmats[:, :1], rotmats[:, 1:],
                     np.tile(rng.normal(size=10), (F, 1)).astype(np.float32),
                     joints[:,
                            17].astype(np.float32), joints.astype(np.float32),
                     K.astype(np.float32), 'free-00000000')


@pytest.fixture
def track(mesh_track):
    keypoints = project_joints(mesh_track)
    boxes = np.concatenate([keypoints.min(1), keypoints.max(1)], -1)
    return Track(
        np.arange(3, 3 + F), keypoints, np.ones((F, 19), np.float32), boxes,
        np.array([True] * 3 + [False] + [True] * 3), 29.97, (640, 480))


def test_round_trip(track, mesh_track, tmp_path):
    person = load_person(save_person(tmp_path / 'a.npz', track, mesh_track))
    assert set(person) == KEYS
    np.testing.assert_array_equal(person['frames'], track.frames)
    np.testing.assert_array_equal(person['valid'], track.valid)
    np.testing.assert_array_equal(person['keypoints2d_score'], track.scores)
    assert person['joint_names'].tolist() == list(
        get_joint_set('coco19').joints)
    assert person['fps'] == 29.97 and person['image_size'] == (640, 480)
    assert person['focal_length'] == 900
    assert person['body_model_id'] == 'free-00000000'
    assert person['version'] == __version__


def test_segments_are_told_by_frame_numbers(track, mesh_track, tmp_path):
    person = load_person(save_person(tmp_path / 'a.npz', track, mesh_track))
    assert person['segments'].tolist() == [[3, 9]]
    np.testing.assert_allclose(person['times'], track.frames / 29.97)
    assert person['switches'].shape == (0, )
    track.segments = np.array([[0, 3], [4, 7]])
    track.switches = np.array([6, 7])
    person = load_person(save_person(tmp_path / 'a.npz', track, mesh_track))
    assert person['segments'].tolist() == [[3, 5], [7, 9]]
    assert person['switches'].tolist() == [6, 7]
    assert track.present.tolist() == [True] * 3 + [False] + [True] * 3


def test_rotation_vectors_are_the_same_rotations(track, mesh_track, tmp_path):
    person = load_person(save_person(tmp_path / 'a.npz', track, mesh_track))
    assert person['global_orient'].shape == (F, 3)
    assert person['body_pose'].shape == (F, 23, 3)
    for key, rotmats in (('global_orient', mesh_track.global_orient[:, 0]),
                         ('body_pose', mesh_track.body_pose)):
        back = roma.rotvec_to_rotmat(torch.as_tensor(person[key])).numpy()
        np.testing.assert_allclose(back, rotmats, atol=1e-5)


def test_joints_of_the_file_project_by_its_camera(track, mesh_track, tmp_path):
    person = load_person(save_person(tmp_path / 'a.npz', track, mesh_track))
    pixels = person['joints3d'] @ person['K'].T
    pixels = pixels[..., :2] / pixels[..., 2:]
    np.testing.assert_allclose(pixels, project_joints(mesh_track), atol=1e-2)


def test_reprojection_error_is_relative_and_of_confident_joints(
        track, mesh_track):
    assert reprojection_error(track, mesh_track) < 1e-6
    height = (track.boxes[:, 3] - track.boxes[:, 1])[:, None]
    track.keypoints2d[..., 1] += 0.05 * height
    assert reprojection_error(track, mesh_track) == pytest.approx(0.05)
    track.keypoints2d[:, 5:] += 500
    track.scores[:, 5:] = 0.4
    track.keypoints2d[3] += 500  # not valid
    assert reprojection_error(track, mesh_track) == pytest.approx(0.05)
    track.scores[:] = 0
    assert np.isnan(reprojection_error(track, mesh_track))


@pytest.mark.robustness
def test_error_while_writing_leaves_the_old_file(track, mesh_track, tmp_path):
    path = save_person(tmp_path / 'a.npz', track, mesh_track)
    old = path.read_bytes()
    mesh_track.transl = mesh_track.transl[:-1]
    with pytest.raises(ValueError, match='7 frames'):
        save_person(path, track, mesh_track)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ['a.npz']


@pytest.mark.robustness
def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / 'other.npz', a=1)
    with pytest.raises(KeyError, match='not a person'):
        load_person(tmp_path / 'other.npz')
    np.savez(tmp_path / 'pickle.npz', fps=np.array([{}], dtype=object))
    with pytest.raises(ValueError):
        load_person(tmp_path / 'pickle.npz')
