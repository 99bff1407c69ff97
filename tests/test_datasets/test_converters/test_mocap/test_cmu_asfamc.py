# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import mocap_files
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters import CMUASFAMC
from mmarts.datasets.converters.mocap.asf_amc import parse_amc, parse_asf
from mmarts.datasets.converters.mocap.check import (direction_errors,
                                                    target_body)
from mmarts.datasets.converters.mocap.retarget import LIMBS, SMPL, retarget
from mmarts.datasets.converters.source_files import SourceFiles

ROOT = np.linspace([0.1, 0.9, -0.2], [0.3, 1.0, 0.5], 24)


def write(tmp_path, motion, root=ROOT, seed=3, unit=0.45):
    folder = tmp_path / '09'
    folder.mkdir(exist_ok=True)
    (folder / '09.asf').write_text(mocap_files.asf_text(seed, unit))
    (folder / '09_01.amc').write_text(
        mocap_files.amc_text(motion, root, seed, unit))
    files, converter = SourceFiles(tmp_path), CMUASFAMC()
    clip, = converter.clips(files)
    assert clip.name == 'cmu/09_01'
    return converter.read(clip, files)


@pytest.mark.parametrize('unit', [0.45, 1.0])
def test_rotations_and_path_come_back(tmp_path, unit):
    motion = mocap_files.smpl_motion()
    source = write(tmp_path, motion, unit=unit)
    assert source.fps == 120 and len(source) == 24
    rotvec, root = retarget(source, target_body().rest)
    assert not source.repaired
    for i, name in enumerate(SMPL.joints):
        found = Rotation.from_rotvec(rotvec[:, i])
        error = (found.inv() * motion[name]).magnitude()
        # The free body's shank leans by 1.7 degrees, which a skeleton with
        # bones and no soles cannot tell from a tilted foot.
        assert error.max() < (0.03 if name.endswith(
            ('ankle', 'foot')) else 1e-5), name
    np.testing.assert_allclose(root, ROOT, atol=1e-6)


def test_limbs_point_as_in_the_file(tmp_path):
    """The left elbow bent by 90 degrees about the bone's own axis."""
    rest = {n: Rotation.identity(24) for n in SMPL.joints}
    bent = dict(
        rest,
        left_elbow=Rotation.from_rotvec(np.tile([0, -np.pi / 2, 0], (24, 1))))
    source = write(tmp_path, bent)
    body = target_body()
    joints = body.joints(*retarget(source, body.rest))
    elbow, wrist = SMPL.index('left_elbow', 'left_wrist')
    forearm = joints[:, wrist] - joints[:, elbow]
    forearm /= np.linalg.norm(forearm, axis=-1, keepdims=True)
    # -90 degrees about y bring +x to +z: the forearm to the front.
    np.testing.assert_allclose(forearm, [[0, 0, 1]] * 24, atol=0.01)


def test_frames_without_an_upper_body_are_cut_at_the_ends(tmp_path):
    motion = mocap_files.smpl_motion()
    legs = ('hip', 'knee', 'ankle', 'foot', 'pelvis')
    for name, turn in motion.items():
        if not name.endswith(legs):
            turn[:5] = turn[22:] = Rotation.identity(1)
    source = write(tmp_path, motion)
    assert source.dropped == 7 and len(source) == 17
    np.testing.assert_allclose(source.joints['pelvis'], ROOT[5:22])


def test_a_frame_cut_short_is_named(tmp_path):
    skeleton = parse_asf(mocap_files.asf_text())
    text = mocap_files.amc_text(mocap_files.smpl_motion(), ROOT)
    whole = parse_amc(text, skeleton)
    assert len(whole['root']) == 24 and whole['lradius'].shape == (24, 3)
    with pytest.raises(ValueError, match='frame 24 of 24 lacks'):
        parse_amc(text[:text.rindex('rhumerus')], skeleton)


@pytest.mark.robustness
@pytest.mark.parametrize('old, new, match', [
    (':units', ':unit', "no section.*units"),
    ('dof rx ry rz', 'dof tx ry rz', 'only rx, ry, rz'),
    ('  angle deg', '', "lacks 'angle'"),
    ('root lhipjoint', 'root nothing', 'nothing'),
])
def test_a_broken_skeleton_says_why(old, new, match):
    text = mocap_files.asf_text()
    if 'root lhip' in old:
        old, new = 'root lowerback', 'root nothing lowerback'
    assert old in text
    with pytest.raises(ValueError, match=match):
        parse_asf(text.replace(old, new))


@pytest.mark.robustness
def test_values_that_are_no_numbers_are_named():
    skeleton = parse_asf(mocap_files.asf_text())
    text = mocap_files.amc_text(mocap_files.smpl_motion(), ROOT)
    with pytest.raises(ValueError, match=r'line \d+: "root.*no number'):
        parse_amc(text.replace('root ', 'root x', 1), skeleton)
    with pytest.raises(ValueError, match=r'line \d+: expected 6 values'):
        parse_amc(text.replace('root ', 'root 1 ', 1), skeleton)


def test_real_clips_point_as_their_source(shared):
    files, converter = (SourceFiles(shared / 'mocap/cmu_asfamc_01-03.zip'),
                        CMUASFAMC())
    body = target_body()
    clips = [
        c for c in converter.clips(files)
        if c.name in ('cmu/02_01', 'cmu/03_02')
    ]
    assert len(clips) == 2
    for clip in clips:
        source = converter.read(clip, files)
        joints = body.joints(*retarget(source, body.rest))
        errors = direction_errors(joints, source.joints)
        assert max(np.median(errors[start]) for start, _ in LIMBS) < 0.01
        assert np.median(errors['spine']) < 5
