# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measures of clips in closed form, and joints from several views."""
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmarts.structures import get_joint_set

ANALYSIS = str(Path(__file__).parents[2] / 'tools' / 'analysis')
COCO = get_joint_set('coco19')


@pytest.fixture(scope='module', autouse=True)
def clips():
    sys.path.insert(0, ANALYSIS)
    import clips
    yield clips
    sys.path.remove(ANALYSIS)


def person():
    """A skeleton with the two sides half a metre apart."""
    rng = np.random.default_rng(0)
    joints = rng.normal(size=(19, 3)) * 0.02
    for index, name in enumerate(COCO.joints):
        joints[index, 0] += dict(L=0.25, R=-0.25).get(name[0], 0)
        joints[index, 1] += 0.1 * index
    return joints


def test_even_motion_does_not_shake(clips):
    moved = person() + np.arange(20)[:, None, None] * np.array([.01, 0, 0])
    assert clips.jitter(moved) == pytest.approx(0, abs=1e-12)
    assert clips.joint_speed(moved) == pytest.approx(0.01)
    assert clips.foot_speed(moved, COCO, 30.) == pytest.approx(0.3)
    assert clips.bone_variation(moved, COCO) == pytest.approx(0, abs=1e-12)
    assert clips.side_leaps(moved, COCO) == 0


@pytest.mark.parametrize('late', [-1.25, 0, 0.4, 2])
def test_a_late_motion_is_late_by_so_much(clips, late):
    """Whatever its joints are off by and how little of it there is."""
    time = np.arange(60)[:, None, None]

    def motion(time):
        return person() + np.sin(time / 6 + np.arange(19)[:, None]) / 5

    found = clips.lag(0.7 * motion(time - late) + 0.1, motion(time))
    assert found == pytest.approx(late, abs=0.051)


def test_each_measure_sees_its_own_fault(clips):
    still = np.repeat(person()[None], 20, 0)
    leap = still.copy()
    leap[7:12] = leap[7:12][:, COCO.flip_indices]
    assert clips.side_leaps(leap, COCO) == 2  # away and back
    grown = still * np.where(np.arange(20) % 2, 1.1, 0.9)[:, None, None]
    assert clips.bone_variation(grown, COCO) == pytest.approx(0.1)
    one_foot = still.copy()
    one_foot[:, COCO.index('L_Ankle')[0], 0] += np.arange(20) * 0.1
    assert clips.foot_speed(one_foot, COCO, 30.) == pytest.approx(0)


def look_at(centre, **kwargs):
    """The transform and lens of a Qualisys file, looking at the origin."""
    backward = centre / np.linalg.norm(centre)  # Qualisys' camera axis z
    right = np.cross([0., 0, 1], backward)
    right /= np.linalg.norm(right)
    rows = np.stack([right, np.cross(backward, right), backward])
    turn = ' '.join(f'r{i + 1}{j + 1}="{rows[i, j]}"' for i in range(3)
                    for j in range(3))  # yapf: disable
    place = ' '.join(f'{a}="{1000 * c}"' for a, c in zip('xyz', centre))
    return (f'<transform {turn} {place}/><intrinsic focalLengthU="64000" '
            'focalLengthV="64000" centerPointU="32000" centerPointV="64000" '
            'radialDistortion1="-0.05" radialDistortion2="0.1" '
            'radialDistortion3="0" tangentalDistortion1="0.001" '
            'tangentalDistortion2="0"/>')


@pytest.fixture
def views(clips, tmp_path):
    centres = dict(
        a=[3., 1, 1.5], b=[-2., 3, 1], c=[0., -4, 2], d=[-3., -1, 1.2])
    cameras = ''.join(f'<camera serial="{name}">{look_at(np.array(c))}'
                      '</camera>' for name, c in centres.items())
    path = tmp_path / 'all.qca.txt'
    path.write_text(f'<calibration><cameras>{cameras}</cameras>'
                    '</calibration>')
    read = clips.read_qualisys(path)
    for name, centre in centres.items():
        # The origin is straight ahead, and up in the world is up in pictures.
        np.testing.assert_allclose(
            read[name].to_camera(np.zeros(3)),
            [0, 0, np.linalg.norm(centre)],
            atol=1e-9)
        assert read[name].to_camera(np.array([0, 0, 1.]))[1] < 0
    return list(read.values())


def pictures(views, points):
    return np.stack([
        cv2.projectPoints(
            points.reshape(-1, 3),
            cv2.Rodrigues(v.rotation)[0], v.translation, v.intrinsics,
            v.distortion)[0].reshape(*points.shape[:-1], 2) for v in views
    ])


def test_points_come_back_from_their_pictures(clips, views):
    points = np.random.default_rng(1).uniform(-0.8, 0.8, (5, 7, 3))
    seen = pictures(views, points)
    found, error = clips.triangulate(views, seen, np.ones(seen.shape[:-1]))
    np.testing.assert_allclose(found, points, atol=1e-4)
    assert error.max() < 0.05
    # A view that is far off, or says that it is not sure, has little say.
    seen[0] += 120
    unsure = np.ones(seen.shape[:-1])
    unsure[0] = 0
    for scores in (np.ones_like(unsure), unsure):
        found, _ = clips.triangulate(views, seen, scores)
        assert np.linalg.norm(found - points, axis=-1).max() < 0.02


@pytest.mark.parametrize('text', ['no XML', '<a/>', '<a><camera/></a>'])
def test_other_files_are_no_calibration(clips, tmp_path, text):
    (tmp_path / 'x').write_text(text)
    with pytest.raises(ValueError, match='calibration|camera'):
        clips.read_qualisys(tmp_path / 'x')


@pytest.mark.robustness
def test_a_video_without_a_camera_is_named(clips, tmp_path):
    path = tmp_path / 'x'
    path.write_text(f'<c><camera serial="cam1">{look_at(np.ones(3))}'
                    '</camera></c>')
    assert len(clips.views_of(path, [Path('a/cam1.mp4')])) == 1
    with pytest.raises(ValueError, match=r"\['cam1'\].*cam2.mp4"):
        clips.views_of(path, [Path('cam1.mp4'), Path('cam2.mp4')])


def test_variants_show_the_part_they_name(clips, tmp_path):
    size = (64, 48)
    boxes = np.tile([20., 10, 36, 42], (20, 1))
    found = {v.name: v for v in clips.variants_of(size, boxes)}
    assert found['240p'].size == (320, 240)
    # Corners of the original stay corners: half a pixel beyond the centres.
    corners = np.array([[-0.5, -0.5], [63.5, 47.5]])
    for name in ('240p', '2160p', 'person 100 pixels high'):
        variant, matrix = found[name], found[name].matrix(0)
        placed = corners @ matrix[:, :2].T + matrix[:, 2]
        np.testing.assert_allclose(
            placed, [[-0.5, -0.5], np.array(variant.size) - 0.5])
    feet, head = np.array([[28., 41.]]), np.array([[28., 11.]])
    assert found['upper half only'].shows(head, 0).all()
    assert not found['upper half only'].shows(feet, 0).any()
    assert found['lower half only'].shows(feet, 0).all()
    passing = found['out of the picture and in']
    there = [passing.shows(head, frame).all() for frame in range(20)]
    assert there[0] and there[-1] and not any(there[8:12])


@pytest.mark.parametrize('scale', [0.5, 2.])
def test_a_variant_moves_the_picture_as_its_points(clips, tmp_path, scale):
    from mmarts.apis.video_io import VideoReader
    from mmarts.apis.video_io.writer import VideoWriter
    frame = np.zeros((96, 128, 3), np.uint8)
    frame[30:50, 60:84] = 255
    with VideoWriter(tmp_path / 'a.mp4', 30, (128, 96)) as writer:
        writer.write(frame)
    variant = clips.Variant('part', (int(64 * scale), int(48 * scale)),
                            lambda _: (40., 20., 64., 48.))
    variant.write(tmp_path / 'a.mp4', tmp_path / 'b.mp4')
    with VideoReader(tmp_path / 'b.mp4') as reader:
        bright = next(iter(reader)).mean(-1) > 128
    rows, columns = (np.flatnonzero(bright.any(axis)) for axis in (1, 0))
    matrix = variant.matrix(0)
    low, high = (
        matrix[:, :2] @ np.array(p) + matrix[:, 2]
        for p in ((59.5, 29.5), (83.5, 49.5)))
    np.testing.assert_allclose([columns[0] - 0.5, rows[0] - 0.5], low, atol=1)
    np.testing.assert_allclose([columns[-1] + 0.5, rows[-1] + 0.5],
                               high,
                               atol=1)
