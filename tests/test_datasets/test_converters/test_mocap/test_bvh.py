# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import mocap_files
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters import BVH
from mmarts.datasets.converters.mocap.bvh_file import parse_bvh, restore_rate
from mmarts.datasets.converters.mocap.check import (direction_errors,
                                                    target_body)
from mmarts.datasets.converters.mocap.retarget import LIMBS, SMPL, retarget
from mmarts.datasets.converters.source_files import SourceFiles

ROOT = np.linspace([0.1, 0.9, -0.2], [0.3, 1.0, 0.5], 24)


def convert(tmp_path, text, name='016_03.bvh'):
    (tmp_path / name).write_text(text)
    files, converter = SourceFiles(tmp_path), BVH()
    clip, = converter.clips(files)
    return clip.name, converter.read(clip, files)


def test_rotations_and_path_come_back(tmp_path):
    motion = mocap_files.smpl_motion(seed=1)
    name, source = convert(tmp_path, mocap_files.bvh_text(motion, ROOT))
    assert name == 'cmu/16_03' and source.fps == 60 and source.dropped == 0
    rotvec, root = retarget(source, target_body().rest)
    for i, joint in enumerate(SMPL.joints):
        found = Rotation.from_rotvec(rotvec[:, i])
        assert (found.inv() * motion[joint]).magnitude().max() < 1e-4, joint
    np.testing.assert_allclose(root, ROOT, atol=1e-6)


def test_the_unit_of_length_does_not_matter(tmp_path):
    motion = mocap_files.smpl_motion(seed=1)
    paths = []
    for scale in (1., 39.4):
        text = mocap_files.bvh_text(motion, ROOT, scale=scale)
        source = convert(tmp_path, text)[1]
        paths.append(retarget(source, target_body().rest)[1])
    np.testing.assert_allclose(*paths, atol=1e-5)


def test_a_rest_pose_in_the_first_frame_is_left_out(tmp_path):
    motion = mocap_files.smpl_motion(seed=1)
    for turn in motion.values():
        turn[0] = Rotation.identity()
    source = convert(tmp_path, mocap_files.bvh_text(motion, ROOT))[1]
    assert source.dropped == 1 and len(source) == 23
    assert len(source.joints['left_knee']) == 23


def test_names_of_other_files_are_kept(tmp_path):
    text = mocap_files.bvh_text(mocap_files.smpl_motion(), ROOT)
    assert convert(tmp_path, text, 'dance.bvh')[0] == 'bvh/dance'


def test_rounded_rates_are_restored():
    assert restore_rate(1 / 0.016667) == 60
    assert restore_rate(1 / 0.008333) == 120
    assert restore_rate(23.976) == 23.976


@pytest.mark.robustness
@pytest.mark.parametrize('old, new, match', [
    ('MOTION', 'NOTION', 'HIERARCHY or MOTION is missing'),
    ('Frames: 24', 'Frames: 25', 'expected 25 frames, got 24'),
    ('Frames: 24', 'Frames: 0', 'make no motion'),
    ('Frame Time:', 'Time', 'Frame'),
    ('JOINT LowerBack', 'JUNK LowerBack', 'unknown word "JUNK"'),
    ('Xposition', 'Xscale', 'unknown channels'),
    ('CHANNELS 6', 'CHANNELS', 'invalid literal'),
])
def test_a_broken_file_says_why(old, new, match):
    text = mocap_files.bvh_text(mocap_files.smpl_motion(), ROOT)
    assert old in text
    with pytest.raises(ValueError, match=match):
        parse_bvh(text.replace(old, new, 1))


@pytest.mark.robustness
def test_an_unknown_rig_names_what_it_lacks(tmp_path):
    text = mocap_files.bvh_text(mocap_files.smpl_motion(), ROOT)
    with pytest.raises(ValueError, match="nearest one, \"plain\".*LeftHand"):
        convert(tmp_path, text.replace('LeftHand', 'Claw'))


@pytest.mark.parametrize('name, dropped', [('cmu/05_03', 0), ('cmu/07_03', 1),
                                           ('cmu/07_01', 0)])
def test_real_clips_point_as_their_source(shared, name, dropped):
    files, converter = (SourceFiles(shared / 'mocap/cmu_bvh_05-07.zip'), BVH())
    body = target_body()
    clip, = [c for c in converter.clips(files) if c.name == name]
    source = converter.read(clip, files)
    assert source.dropped == dropped and source.fps == 60
    joints = body.joints(*retarget(source, body.rest))
    errors = direction_errors(joints, source.joints)
    assert max(np.median(errors[start]) for start, _ in LIMBS) < 0.01
    # One file has lost the height of its root.
    assert bool(source.notes) == (name == 'cmu/07_01')
