# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import zipfile

import mocap_files
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.mocap.batch import convert_folder
from mmarts.datasets.converters.mocap.check import target_body

FRAMES = 49
AMASS = dict(type='amass')


def write_folder(folder, names=('a', 'b'), fps=120.):
    folder.mkdir()
    # The soles of the free body are 0.948 m below its pelvis.
    # Whoever moved here had shorter legs.
    root = np.linspace([0., 0.7, 0], [0.5, 0.7, 1.], FRAMES)
    for seed, name in enumerate(names):
        motion = mocap_files.standing_motion(FRAMES, seed)
        (folder / f'{name}_poses.npz').write_bytes(
            mocap_files.amass_bytes(motion, root, fps))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / 'in')


def load(out, name):
    with np.load(out / f'amass_{name}.npz', allow_pickle=False) as file:
        return dict(file)


def test_a_file_holds_what_the_docs_say(folder, tmp_path):
    report = convert_folder(AMASS, str(folder), tmp_path / 'out')
    assert report['converted'] == ['amass/a', 'amass/b']
    assert report == dict(
        report, failures={}, skipped=[]) and json.loads(
            (tmp_path /
             'out/report.json').read_text()).keys() == {'clips', 'failures'}
    clip = load(tmp_path / 'out', 'a')
    assert str(clip['name']) == 'amass/a'
    assert str(clip['source']) == 'AMASS, a_poses.npz'
    assert len(str(clip['source_sha256'])) == 64
    assert (clip['fps'], clip['source_fps'],
            clip['source_frames']) == (30, 120, FRAMES)
    assert clip['rotvec'].shape == (13, 24, 3)
    assert clip['transl'].shape == (13, 3)
    assert clip['rotvec'].dtype == clip['transl'].dtype == np.float32
    entry = report['clips']['amass/a']
    assert entry['result'] == 'good' and entry['frames'] == 13
    assert entry['limb_max_degrees'] < 0.1


def test_every_fourth_frame_of_120_is_one_of_30(folder, tmp_path):
    for fps in (0., 30.):
        convert_folder(AMASS, str(folder), tmp_path / f'{fps:g}', fps)
    fast, slow = load(tmp_path / '0', 'b'), load(tmp_path / '30', 'b')
    assert fast['fps'] == 120 and len(fast['rotvec']) == FRAMES
    np.testing.assert_allclose(fast['rotvec'][::4], slow['rotvec'], atol=1e-5)
    np.testing.assert_allclose(
        fast['transl'][::4, [0, 2]], slow['transl'][:, [0, 2]], atol=1e-5)


def test_another_rate_goes_along_geodesics(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    angle = np.linspace(0, 1.2, 25)[:, None] * [0, 1., 0]
    motion = {n: Rotation.identity(25) for n in mocap_files.smpl_motion(2)}
    motion['pelvis'] = Rotation.from_rotvec(angle)
    (folder / 'turn.npz').write_bytes(
        mocap_files.amass_bytes(motion, angle, fps=24.))
    convert_folder(AMASS, str(folder), tmp_path / 'out', 30.)
    clip = load(tmp_path / 'out', 'turn')
    assert len(clip['rotvec']) == 31
    np.testing.assert_allclose(
        clip['rotvec'][:, 0, 1], np.linspace(0, 1.2, 31), atol=1e-5)


def test_feet_are_on_the_floor(folder, tmp_path):
    report = convert_folder(AMASS, str(folder), tmp_path / 'out')
    clip = load(tmp_path / 'out', 'a')
    lowest = target_body().lowest_sole(clip['rotvec'], clip['transl'])
    np.testing.assert_allclose(lowest, 0, atol=1e-3)
    assert report['clips']['amass/a']['floor'] == 'feet'


def test_who_never_stands_keeps_the_floor_of_the_world(tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    root = np.tile([0., 2.9, 0.], (FRAMES, 1))
    (folder / 'hang.npz').write_bytes(
        mocap_files.amass_bytes(mocap_files.standing_motion(FRAMES), root))
    report = convert_folder(AMASS, str(folder), tmp_path / 'out')
    entry = report['clips']['amass/hang']
    assert entry['result'] == 'good; stands nowhere'
    assert entry['floor'] == 'source'
    assert entry['sole_metres'] == pytest.approx(2.9 - 0.948, abs=0.01)


def test_done_clips_are_skipped_and_changed_ones_not(folder, tmp_path):
    out = tmp_path / 'out'
    convert_folder(AMASS, str(folder), out)
    times = {p.name: p.stat().st_mtime_ns for p in out.glob('*.npz')}
    again = convert_folder(AMASS, str(folder), out)
    assert again['skipped'] == ['amass/a', 'amass/b']
    assert times == {p.name: p.stat().st_mtime_ns for p in out.glob('*.npz')}
    root = np.zeros((FRAMES, 3))
    (folder / 'a_poses.npz').write_bytes(
        mocap_files.amass_bytes(mocap_files.smpl_motion(FRAMES, 9), root))
    changed = convert_folder(AMASS, str(folder), out)
    assert (changed['converted'], changed['skipped']) == (['amass/a'],
                                                          ['amass/b'])
    other_rate = convert_folder(AMASS, str(folder), out, 60.)
    assert len(other_rate['converted']) == 2


def test_a_broken_result_is_made_again(folder, tmp_path):
    out = tmp_path / 'out'
    convert_folder(AMASS, str(folder), out)
    path = out / 'amass_a.npz'
    path.write_bytes(path.read_bytes()[:500])
    assert convert_folder(AMASS, str(folder), out)['converted'] == ['amass/a']
    assert load(out, 'a')['rotvec'].shape == (13, 24, 3)


def test_a_damaged_clip_does_not_stop_the_others(folder, tmp_path):
    (folder / 'bad_poses.npz').write_bytes(b'PK damaged')
    out = tmp_path / 'out'
    report = convert_folder(AMASS, str(folder), out)
    assert len(report['converted']) == 2
    assert list(report['failures']) == ['bad_poses.npz']
    assert not list(out.glob('*bad*')) and not list(out.glob('.*'))
    # Another archive in the same folder does not forget it; a cure does.
    other = write_folder(tmp_path / 'other', ['c'])
    report = convert_folder(AMASS, str(other), out)
    assert list(report['failures']) == ['bad_poses.npz']
    assert set(report['clips']) == {'amass/a', 'amass/b', 'amass/c'}
    (folder / 'bad_poses.npz').write_bytes(
        (folder / 'a_poses.npz').read_bytes())
    assert not convert_folder(AMASS, str(folder), out)['failures']


def test_zip_and_folder_give_the_same(folder, tmp_path):
    archive = tmp_path / 'in.zip'
    with zipfile.ZipFile(archive, 'w') as file:
        for path in folder.iterdir():
            file.write(path, path.name)
    for root, out in ((folder, 'one'), (archive, 'other')):
        convert_folder(AMASS, str(root), tmp_path / out)
    one, other = load(tmp_path / 'one', 'a'), load(tmp_path / 'other', 'a')
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[key], other[key]) for key in one)


def test_the_tool_prints_a_table(folder, tmp_path, call_tool):
    (folder / 'bad_poses.npz').write_bytes(b'')
    done = call_tool('convert_dataset', 'amass', folder, tmp_path / 'one')
    assert done.returncode == 0, done.stderr
    assert '2 converted, 0 were done, 1 failed' in done.stdout
    assert 'failed:' in done.stdout and 'good' in done.stdout


@pytest.mark.slow
def test_processes_give_the_same(folder, tmp_path):
    (folder / 'bad_poses.npz').write_bytes(b'')
    for jobs in (1, 2):
        report = convert_folder(
            AMASS, str(folder), tmp_path / str(jobs), jobs=jobs)
        assert list(report['failures']) == ['bad_poses.npz']
    for name in ('a', 'b'):
        a, b = (load(tmp_path / out, name) for out in ('1', '2'))
        assert all(np.array_equal(a[key], b[key]) for key in a)


@pytest.mark.robustness
def test_errors_are_one_line(tmp_path, call_tool):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'text').write_text('no zip')
    out = tmp_path / 'out'
    for args, text in (
        (('bvh', tmp_path / 'nothing', out), 'There is no folder or zip'),
        (('bvh', tmp_path / 'empty', out), 'has no *.bvh files; it has no'),
        (('bvh', tmp_path / 'text', out), 'neither a folder nor a zip'),
        (('bvh', tmp_path / 'empty', out, '--jobs', 0), '--jobs 1 or more'),
    ):
        done = call_tool('convert_dataset', *args)
        assert done.returncode == 1 and 'error: ' in done.stderr
        assert text in done.stderr and 'Traceback' not in done.stderr
    assert not out.exists()


@pytest.mark.robustness
def test_two_clips_never_share_a_file(tmp_path):
    folder = write_folder(tmp_path / 'in', ['a_b'])
    (folder / 'a').mkdir()
    (folder / 'a' / 'b_poses.npz').write_bytes(
        (folder / 'a_b_poses.npz').read_bytes())
    with pytest.raises(ValueError, match='would share one file'):
        convert_folder(AMASS, str(folder), tmp_path / 'out')
