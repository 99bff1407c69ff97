# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import mocap_files
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters import AMASS
from mmarts.datasets.converters.mocap.check import target_body
from mmarts.datasets.converters.mocap.retarget import SMPL, retarget
from mmarts.datasets.converters.source_files import SourceFiles

ROOT = np.linspace([0.1, 0.9, -0.2], [0.3, 1.0, 0.5], 24)


def read(tmp_path, content):
    folder = tmp_path / 'ACCAD' / 's1'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'walk_poses.npz').write_bytes(content)
    files, converter = SourceFiles(tmp_path), AMASS()
    clip, = converter.clips(files)
    assert clip.name == 'amass/ACCAD/s1/walk'
    return converter.read(clip, files)


@pytest.mark.parametrize('width', [66, 72, 156, 165])
def test_rotations_are_kept_and_z_up_becomes_y_up(tmp_path, width):
    motion = mocap_files.smpl_motion(seed=2)
    # A hand that twists: nothing of it may go to the elbow.
    motion['left_wrist'] = Rotation.from_rotvec([[1.2, 0, 0]] * 24)
    source = read(tmp_path, mocap_files.amass_bytes(motion, ROOT, width=width))
    rotvec, root = retarget(source, target_body().rest)
    for i, name in enumerate(SMPL.joints):
        found = Rotation.from_rotvec(rotvec[:, i])
        assert (found.inv() * motion[name]).magnitude().max() < 1e-5, name
    np.testing.assert_allclose(root, ROOT, atol=1e-6)
    assert source.fps == 120


def test_newer_keys_are_the_same(tmp_path):
    motion = mocap_files.smpl_motion(seed=2)
    old = mocap_files.amass_bytes(motion, ROOT, fps=100.)
    sources = [read(tmp_path, old)]
    with np.load(tmp_path / 'ACCAD/s1/walk_poses.npz') as file:
        poses = file['poses']
    new = mocap_files.amass_bytes(
        motion,
        ROOT,
        poses=None,
        mocap_framerate=None,
        mocap_frame_rate=np.array(100.),
        root_orient=poses[:, :3],
        pose_body=poses[:, 3:66])
    sources.append(read(tmp_path, new))
    one, other = (retarget(s, target_body().rest) for s in sources)
    np.testing.assert_allclose(one[0], other[0])
    assert [s.fps for s in sources] == [100, 100]


@pytest.mark.robustness
@pytest.mark.parametrize('changes, match', [
    (dict(poses=None), 'key "poses" is missing; the file has'),
    (dict(trans=None), 'key "trans" is missing'),
    (dict(mocap_framerate=None), 'key "mocap_framerate" is missing'),
    (dict(mocap_framerate=np.array(0.)), 'frame rate above 0'),
    (dict(poses=np.zeros((24, 30))), r'poses \(F, 66 or more\)'),
    (dict(trans=np.zeros((9, 3))), r'expected trans \(24, 3\)'),
    (dict(poses=np.full((24, 156), np.nan)), 'not all finite'),
])
def test_a_wrong_key_is_named(tmp_path, changes, match):
    content = mocap_files.amass_bytes(mocap_files.smpl_motion(), ROOT,
                                      **changes)
    with pytest.raises(ValueError, match=match):
        read(tmp_path, content)


@pytest.mark.robustness
def test_pickled_objects_are_not_loaded(tmp_path):
    content = mocap_files.amass_bytes(
        mocap_files.smpl_motion(), ROOT, poses=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match='plain arrays'):
        read(tmp_path, content)
    with pytest.raises(ValueError, match='plain arrays'):
        read(tmp_path, b'no npz')
