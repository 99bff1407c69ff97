# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import mocap_files
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters import Pybullet
from mmarts.datasets.converters.mocap.check import (direction_errors,
                                                    target_body)
from mmarts.datasets.converters.mocap.pybullet import CHANNELS, parse_frames
from mmarts.datasets.converters.mocap.retarget import LIMBS, SMPL, retarget
from mmarts.datasets.converters.source_files import SourceFiles


def standing(count=5, dt=1 / 30):
    """Upright at rest: arms hang, identity quaternions (w first)."""
    row = [dt, 0., 0.85, 0.]
    for _, size in CHANNELS:
        row += [1., 0., 0., 0.] if size == 4 else [0.]
    return np.tile(row, (count, 1))


def column(joint):
    start = 4
    for name, size in CHANNELS:
        if name == joint:
            return start
        start += size


def posed(tmp_path, frames):
    (tmp_path / 'humanoid3d_test.txt').write_text(
        mocap_files.pybullet_text(frames))
    files, converter = SourceFiles(tmp_path), Pybullet()
    clip, = converter.clips(files)
    assert clip.name == 'pybullet/test'
    source = converter.read(clip, files)
    body = target_body()
    joints = body.joints(*retarget(source, body.rest))
    return source, dict(zip(SMPL.joints, joints.swapaxes(0, 1)))


def direction(joints, start, end):
    vector = (joints[end] - joints[start])[0]
    return vector / np.linalg.norm(vector)


def test_the_rest_pose_stands_with_hanging_arms(tmp_path):
    source, joints = posed(tmp_path, standing())
    assert source.fps == pytest.approx(30)
    for side in ('left', 'right'):
        for start, end in (('shoulder', 'elbow'), ('elbow', 'wrist'),
                           ('hip', 'knee'), ('knee', 'ankle')):
            np.testing.assert_allclose(
                direction(joints, f'{side}_{start}', f'{side}_{end}'),
                [0, -1, 0],
                atol=1e-6)
    # Left of the body is +x, its toes are to the front, +z.
    assert joints['left_hip'][0, 0] > joints['right_hip'][0, 0]
    assert direction(joints, 'left_ankle', 'left_foot')[2] > 0.8


@pytest.mark.parametrize('joint, angle, limb, forward', [
    ('left_elbow', 1.0, ('left_elbow', 'left_wrist'), 1),
    ('right_elbow', 1.0, ('right_elbow', 'right_wrist'), 1),
    ('right_knee', -1.0, ('right_knee', 'right_ankle'), -1),
    ('left_knee', -1.0, ('left_knee', 'left_ankle'), -1),
])
def test_hinges_bend_the_right_way(tmp_path, joint, angle, limb, forward):
    frames = standing()
    frames[:, column(joint)] = angle
    found = direction(posed(tmp_path, frames)[1], *limb)
    expected = [0, -np.cos(1), forward * np.sin(1)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_chest_is_shared_by_three_joints(tmp_path):
    frames = standing()
    quat = Rotation.from_rotvec([0, 0.6, 0]).as_quat()
    frames[:, column('chest'):][:, :4] = quat[[3, 0, 1, 2]]
    source, joints = posed(tmp_path, frames)
    spines = [source.turns[f'spine{i}'][0].magnitude() for i in (1, 2, 3)]
    np.testing.assert_allclose(spines, [0.2, 0.4, 0.6])


@pytest.mark.robustness
@pytest.mark.parametrize('text, match', [
    ('{', 'expected JSON'),
    ('{"Loop": "wrap"}', 'Frames'),
    ('{"Frames": [[1, 2, 3]]}', 'rows of 44 numbers'),
    ('{"Frames": [[1, 2], [3]]}', 'expected JSON with rows'),
])
def test_a_broken_file_says_why(text, match):
    with pytest.raises(ValueError, match=match):
        parse_frames(text)


def test_real_clips_point_as_their_source(shared):
    files = SourceFiles(shared / 'mocap/pybullet_humanoid3d.zip')
    body, converter = target_body(), Pybullet()
    clips = converter.clips(files)
    assert len(clips) == 15
    for clip in clips[::6]:
        source = converter.read(clip, files)
        joints = body.joints(*retarget(source, body.rest))
        errors = direction_errors(joints, source.joints)
        assert max(np.median(errors[start]) for start, _ in LIMBS) < 0.01
