# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tracks of any length and frame rate through a trained model."""
import numpy as np
import pytest
import roma
import torch

from mmarts.apis.results import project_joints
from mmarts.apis.track_mesher import TrackMesher
from mmarts.apis.tracks import Track
from mmarts.body_models.stature import stature
from mmarts.datasets import FreeMotion
from mmarts.geometry.camera import default_focal_length
from mmarts.geometry.rotation import rotmat_to_rot6d


@pytest.fixture(scope='module')
def mesher(trained):
    return TrackMesher(str(trained / 'iter_6.pth'))


class Upright(torch.nn.Module):
    """Stands for ``pose_ik``: everybody stands and faces the camera."""

    def forward(self, joints3d_rel, feat):
        turns = torch.eye(3).repeat(*feat.shape[:2], 24, 1, 1)
        turns[:, :, 0] = torch.diag(torch.tensor([1., -1., -1.]))
        return rotmat_to_rot6d(turns)


class MeanShape(torch.nn.Module):
    """Stands for ``shape_fitter``."""

    def forward(self, bone_lengths, feat):
        return bone_lengths.new_zeros(len(bone_lengths), 10)


@pytest.fixture(scope='module')
def upright(trained):
    """What places bodies can be tested without a well-trained network."""
    mesher = TrackMesher(str(trained / 'iter_6.pth'))
    mesher.model.pose_ik, mesher.model.shape_fitter = Upright(), MeanShape()
    return mesher


def make_track(fps=30., frames=37, seed=0):
    """Exact keypoints of a test clip, as a video of that rate shows it."""
    dataset = FreeMotion(
        'test', num_frames=frames, fps=fps, views=1, seed=seed)
    inputs = dataset[0]['inputs']
    points = inputs['keypoints2d'].numpy()
    return Track(
        frames=np.arange(7, 7 + frames),
        keypoints2d=points,
        scores=np.ones((frames, 19), np.float32),
        boxes=np.concatenate([points.min(1), points.max(1)], -1),
        valid=np.ones(frames, bool),
        fps=fps,
        image_size=tuple(inputs['image_size'].int().tolist()))


def cut(track, rows):
    return Track(track.frames[rows], track.keypoints2d[rows],
                 track.scores[rows], track.boxes[rows], track.valid[rows],
                 track.fps, track.image_size, track.times[rows])


def offset(track, mesh):
    """Distance of the middles of joints and keypoints, per box side."""
    side = (track.boxes[:, 2:] - track.boxes[:, :2]).max(-1)
    distance = np.linalg.norm(
        project_joints(mesh).mean(1) - track.keypoints2d.mean(1), axis=-1)
    return distance / side


@pytest.mark.parametrize('fps', [25., 29.97, 30., 60.])
def test_as_many_frames_out_as_in(mesher, fps):
    track = make_track(fps)
    mesh = mesher(track)
    shapes = dict(
        global_orient=(37, 1, 3, 3),
        body_pose=(37, 23, 3, 3),
        betas=(37, 10),
        transl=(37, 3),
        joints3d=(37, 19, 3))
    for name, shape in shapes.items():
        value = getattr(mesh, name)
        assert value.shape == shape and np.isfinite(value).all(), name
    assert mesh.body_model_id == mesher.body_model_id


@pytest.mark.parametrize('fps', [25., 30., 60.])
def test_the_body_is_placed_on_the_person(upright, fps):
    track = make_track(fps)
    mesh = upright(track)
    assert offset(track, mesh).max() < 0.15
    assert (mesh.transl[:, 2] > 0).all()


def test_smoothing_keeps_people_in_their_place(upright, monkeypatch):
    track = make_track(60., 73)
    exact = upright(track)
    rng = np.random.default_rng(0)
    track.keypoints2d = track.keypoints2d + rng.normal(
        size=track.keypoints2d.shape).astype(np.float32)
    rough = upright(track)
    monkeypatch.setattr(upright, 'smoothing', 0.025)
    calm = upright(track)
    shake = [
        np.abs(np.diff(mesh.transl, 2, axis=0)).mean(0)
        for mesh in (rough, calm)
    ]
    assert (shake[1] < [0.2, 0.2, 0.05] * shake[0]).all()
    away = [
        np.linalg.norm(mesh.transl - exact.transl, axis=-1).mean()
        for mesh in (rough, calm)
    ]
    assert away[1] < 0.7 * away[0]
    assert offset(track, calm).max() < 0.15


def test_every_second_frame_of_60_fps_is_30_fps(mesher, monkeypatch):
    monkeypatch.setattr(mesher, 'max_runs', 1)
    fast = make_track(60., 73)
    slow = cut(fast, slice(None, None, 2))
    slow.fps = 30.
    assert slow.times[1] - slow.times[0] == pytest.approx(1 / 30)
    both = [mesher(fast), mesher(slow)]
    torch.testing.assert_close(
        torch.as_tensor(both[0].body_pose[::2]),
        torch.as_tensor(both[1].body_pose),
        atol=1e-4,
        rtol=0)


def test_resampled_rotations_are_rotations(mesher):
    mesh = mesher(make_track(25.))
    turns = torch.as_tensor(mesh.body_pose)
    assert roma.is_rotation_matrix(turns, epsilon=1e-3)


@pytest.mark.parametrize('fps', [25., 30., 60.])
@pytest.mark.parametrize('frames', [1, 3])
def test_short_tracks(mesher, upright, fps, frames):
    track = cut(make_track(fps), slice(frames))
    mesh = mesher(track)
    assert len(mesh.transl) == len(mesh.joints3d) == frames
    assert np.isfinite(mesh.joints3d).all()
    assert offset(track, upright(track)).max() < 0.15


@pytest.mark.robustness
def test_gaps_are_bridged(upright):
    whole = make_track()
    track = cut(whole, slice(None))
    gap = slice(10, 16)
    track.valid = whole.valid.copy()
    track.scores = whole.scores.copy()
    track.valid[gap], track.scores[gap] = False, 0
    mesh = upright(track)
    assert len(mesh.transl) == len(track)
    assert np.isfinite(mesh.joints3d).all()
    # Within the gap the body goes from one side of it to the other.
    low, high = np.sort(mesh.transl[[9, 16]], axis=0)
    assert (mesh.transl[gap] >= low - 1e-4).all()
    assert (mesh.transl[gap] <= high + 1e-4).all()


@pytest.mark.parametrize('fit', [False, True])
def test_all_frames_are_counted(mesher, monkeypatch, fit):
    monkeypatch.setattr(mesher, 'fit', fit)
    track = make_track(frames=60)
    track.segments = np.array([[0, 25], [35, 60]])
    counts = []
    mesher(track, step=counts.append)
    assert len(counts) > 1 and sum(counts) == 60


@pytest.mark.robustness
def test_no_window_reaches_over_the_end_of_a_segment(mesher):
    """Each stretch gets what it would get alone; the shape is the mean."""
    track = make_track(frames=60)
    track.valid[25:35], track.scores[25:35] = False, 0
    track.segments = np.array([[0, 25], [35, 60]])
    mesh = mesher(track)
    alone = [mesher(cut(track, slice(*rows))) for rows in track.segments]
    for rows, part in zip(track.segments, alone):
        for name in ('global_orient', 'body_pose'):
            np.testing.assert_allclose(
                getattr(mesh, name)[slice(*rows)],
                getattr(part, name),
                atol=1e-6)
    low, high = np.sort([part.betas[0] for part in alone], axis=0)
    assert ((mesh.betas[0] >= low - 1e-6) &
            (mesh.betas[0] <= high + 1e-6)).all()
    # In between the turns go the shortest way, and all numbers are numbers.
    turns = torch.as_tensor(mesh.body_pose)
    assert roma.is_rotation_matrix(turns, epsilon=1e-3)
    whole, first = (
        roma.rotmat_geodesic_distance(turns[24], turns[i]) for i in (35, 29))
    torch.testing.assert_close(first, whole * 5 / 11, rtol=0, atol=1e-3)
    assert np.isfinite(mesh.joints3d).all()


def test_windows_that_disagree_fade_into_each_other(trained):
    mesher = TrackMesher(str(trained / 'iter_6.pth'))

    class EverySecondWindowLeans(torch.nn.Module):

        def forward(self, joints3d_rel, feat):
            angle = 0.4 * (torch.arange(len(feat)) % 2)
            lean = roma.rotvec_to_rotmat(angle[:, None] * torch.eye(3)[0])
            turns = torch.eye(3).repeat(*feat.shape[:2], 24, 1, 1)
            turns[:, :, 3] = lean[:, None]
            return rotmat_to_rot6d(turns)

    mesher.model.pose_ik = EverySecondWindowLeans()
    pose = torch.as_tensor(mesher(make_track(frames=80)).body_pose)
    angle = roma.rotmat_to_rotvec(pose[:, 2])[:, 0]
    assert roma.is_rotation_matrix(pose, epsilon=1e-4)
    assert angle[15:17].min() - angle[:8].max() > 0.35
    assert angle.diff().abs().max() < 0.4 * 0.21  # a raised cosine's


@pytest.mark.robustness
def test_segments_and_pieces_of_any_length(mesher, monkeypatch):
    track = make_track(frames=60)
    whole = mesher(track)
    monkeypatch.setattr('mmarts.apis.track_mesher._PIECE', 7)
    np.testing.assert_allclose(
        mesher(track).joints3d, whole.joints3d, atol=1e-4)
    track.segments = np.array([[0, 1], [3, 5], [59, 60]])
    assert np.isfinite(mesher(track).joints3d).all()


@pytest.mark.robustness
def test_uneven_clock_of_a_video_is_heeded(mesher, monkeypatch):
    """Frames at other times than the model's do not change those at them."""
    monkeypatch.setattr(mesher, 'max_runs', 1)
    fast = make_track(60., 73)
    rng = np.random.default_rng(0)
    some = np.sort(np.append(np.arange(0, 73, 2), rng.choice(36, 12) * 2 + 1))
    uneven = cut(fast, np.unique(some))
    uneven.frames, uneven.fps = np.arange(len(uneven)), len(uneven) / 1.2
    meshes = [mesher(fast), mesher(uneven)]
    poses = [m.body_pose for m in meshes]
    np.testing.assert_allclose(poses[0][np.unique(some)], poses[1], atol=1e-4)


@pytest.mark.robustness
def test_clock_of_milliseconds_is_an_even_one(mesher):
    track = make_track(30.)
    even = mesher(track)
    track.times = np.round(track.times, 3)
    np.testing.assert_array_equal(mesher(track).body_pose, even.body_pose)


def test_betas_are_one_for_the_track(mesher):
    betas = mesher(make_track()).betas
    assert (betas == betas[:1]).all()


def test_focal_length_is_the_diagonal_unless_told(upright):
    track = make_track()
    assert upright(track).K[0, 0] == pytest.approx(
        default_focal_length(*track.image_size))
    near, far = upright(track, 800.), upright(track, 1600.)
    assert near.K[0, 0] == 800
    ratio = far.joints3d[..., 2].mean() / near.joints3d[..., 2].mean()
    # Exactly 2 for a body whose joints fit the keypoints.
    assert 1.5 < ratio < 2.5


def test_vertices_of_some_frames_fit_the_joints(mesher):
    mesh = mesher(make_track())
    vertices = mesher.vertices(mesh, np.array([0, 20]))
    joints = mesher.body_model.regress(torch.as_tensor(vertices), 'coco19')
    np.testing.assert_allclose(joints, mesh.joints3d[[0, 20]], atol=1e-4)


def test_a_known_height_is_kept_and_sets_the_distance(upright, monkeypatch):
    track = make_track()
    guess = upright(track)
    monkeypatch.setattr(upright, 'height', 1.95)
    tall = upright(track)
    body = upright.body_model
    heights = [
        stature(body, torch.as_tensor(mesh.betas[0])).item()
        for mesh in (guess, tall)
    ]
    assert heights[1] == pytest.approx(1.95, abs=1e-4)
    np.testing.assert_array_equal(guess.body_pose, tall.body_pose)
    ratio = tall.joints3d[..., 2].mean() / guess.joints3d[..., 2].mean()
    assert ratio == pytest.approx(1.95 / heights[0], rel=0.03)


@pytest.mark.robustness
@pytest.mark.parametrize('height', [0., 195., float('nan')])
def test_heights_of_nobody_are_refused(trained, height):
    with pytest.raises(ValueError, match='1.0 to 2.5 metres'):
        TrackMesher(str(trained / 'iter_6.pth'), height=height)


def test_products_in_bfloat16_move_little(mesher, trained):
    track = make_track()
    rounded = TrackMesher(str(trained / 'iter_6.pth'), dtype='bfloat16')
    distance = mesher(track).joints3d - rounded(track).joints3d
    # Metres, of a network that has hardly learned anything.
    assert 1e-6 < np.linalg.norm(distance, axis=-1).mean() < 0.02
    with pytest.raises(ValueError, match='for a CPU'):
        TrackMesher(
            str(trained / 'iter_6.pth'), device='cuda', dtype='bfloat16')


@pytest.mark.robustness
def test_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        TrackMesher('nowhere.pth')


@pytest.mark.robustness
@pytest.mark.parametrize('fault', ['weights', 'argument'])
def test_checkpoint_of_another_version_is_told(trained, tmp_path, fault):
    loaded = torch.load(trained / 'iter_6.pth', weights_only=False)
    if fault == 'weights':
        weights = loaded['state_dict']
        loaded['state_dict'] = {f'old_{k}': v for k, v in weights.items()}
    else:
        loaded['meta']['mmarts']['model']['old_argument'] = 1
    torch.save(loaded, tmp_path / 'old.pth')
    with pytest.raises(ValueError, match='does not fit the code') as caught:
        TrackMesher(str(tmp_path / 'old.pth'))
    text = str(caught.value)
    assert 'old.pth' in text and 'Train it again' in text
    assert '\n' not in text and len(text) < 500


@pytest.mark.robustness
@pytest.mark.parametrize('stride', [0, -3, 17])
def test_strides_that_leave_frames_out_are_refused(trained, stride):
    with pytest.raises(ValueError, match='1 to 16, the frames of a window'):
        TrackMesher(str(trained / 'iter_6.pth'), stride=stride)


def test_every_frame_of_a_fast_video_is_read(mesher):
    track = make_track(fps=60., frames=64)
    lone = cut(track, slice(None))
    lone.keypoints2d = track.keypoints2d.copy()
    lone.keypoints2d[31] += 40.  # no frame of the 30 fps clock
    assert np.abs(mesher(lone).body_pose -
                  mesher(track).body_pose).max() > 1e-4
