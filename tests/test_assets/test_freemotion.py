# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""No frame of a source, mirrored or spliced, is in two splits."""
import json
from pathlib import Path

import numpy as np
import pytest
import roma
import torch

from mmarts.datasets import FreeMotion
from mmarts.datasets.converters.mocap.batch import convert_clip
from mmarts.datasets.converters.source_files import SourceFiles
from mmarts.datasets.motion.motion_clips import FREEMOTION_FILE
from mmarts.registry import CONVERTERS
from mmarts.structures import get_joint_set

SMPL = get_joint_set('smpl24')
SPLIT_FILE = Path(FREEMOTION_FILE).with_name('freemotion_split.json')
# Parts that FreeMotion takes from other windows, without joints that rest in
# some sources.
PARTS = dict(
    left_arm=SMPL.index('left_shoulder', 'left_elbow'),
    right_arm=SMPL.index('right_shoulder', 'right_elbow'),
    legs=SMPL.index('left_hip', 'left_knee', 'left_ankle', 'right_hip',
                    'right_knee', 'right_ankle'),
    trunk=SMPL.index('spine1', 'spine2', 'spine3', 'neck', 'head'))
# A window is the same motion if its joints are so near, degrees, on average.
# People who walk alike differ by more.
SAME_DEGREES = 1.0
WINDOW = (0, 4, 8)  # frames of it that are compared


@pytest.fixture(scope='module')
def arrays():
    with np.load(FREEMOTION_FILE, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope='module')
def split():
    return json.loads(SPLIT_FILE.read_text())


def mirrored(rotvec):
    return rotvec[:, SMPL.flip_indices] * np.array([1., -1., -1.])


def windows(rotvec, lengths, joints, stride=1):
    """``(N, len(WINDOW) * joints * 3)`` of windows inside the clips."""
    ends = np.cumsum(lengths)
    starts = np.concatenate([
        np.arange(end - length, end - WINDOW[-1], stride)
        for end, length in zip(ends, lengths)
    ])
    return np.stack([rotvec[starts + k][:, joints] for k in WINDOW],
                    1).reshape(len(starts), -1)


def nearest_degrees(one, other):
    """Mean angle between the nearest pair of windows."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)
    best = (squares - 2 * one @ other.T).min().clip(0)
    return np.rad2deg(np.sqrt(best / (one.shape[1] / 3)))


def clips_of(arrays, chosen):
    rows = np.repeat(chosen, arrays['clip_length'])
    return (arrays['rotvec'][rows].astype(float),
            arrays['clip_length'][chosen])


def test_the_split_covers_each_clip_once(arrays, split):
    names = arrays['clip_name'].tolist()
    assert len(set(names)) == len(names)
    assert set(names) == set(split['clips'])
    for name, clip_split, sha256 in zip(names, arrays['clip_split'],
                                        arrays['clip_source_sha256']):
        entry = split['clips'][name]
        assert entry == dict(split=clip_split, source_sha256=sha256)
    hashes = [entry['source_sha256'] for entry in split['clips'].values()]
    assert len(set(hashes)) == len(hashes)


def test_the_split_keeps_its_rule(split):

    def named(kind, prefix):
        return {
            name
            for name, entry in split['clips'].items()
            if entry['split'] == kind and name.startswith(prefix)
        }

    everything = {n for n in split['clips'] if n.startswith('cmu/')}
    assert named('val', '') == {n for n in everything if n[4:6] == '03'}
    assert named('test', 'cmu/07') == {n for n in everything if n[4:6] == '07'}
    shared = sorted(n for n in everything if n[4:6] in ('05', '06'))
    assert named('test', 'cmu/05') | named('test', 'cmu/06') == set(
        shared[3::7])
    assert len(shared[3::7]) == 5
    assert named('test', 'pybullet') == {
        f'pybullet/{name}'
        for name in ('walk', 'punch', 'dance_b')
    }


def test_the_file_is_well_formed(arrays):
    count = arrays['clip_length'].sum()
    assert arrays['rotvec'].shape == (count, 24, 3)
    assert arrays['transl'].shape == (count, 3)
    assert arrays['rotvec'].dtype == arrays['transl'].dtype == np.float32
    assert np.isfinite(arrays['rotvec']).all()
    assert Path(FREEMOTION_FILE).stat().st_size < 4e6
    seconds = arrays['clip_length'] / arrays['clip_fps']
    cmu = np.char.startswith(arrays['clip_name'], 'cmu/')
    # Excerpts may ship, recordings may not.
    assert seconds[cmu].max() <= 7.01
    assert seconds[cmu & (arrays['clip_split'] == 'train')].sum() < 210
    assert (arrays['clip_source_start'] >= 0).all()


@pytest.mark.parametrize('part', PARTS)
@pytest.mark.parametrize('kind', ['val', 'test'])
def test_no_motion_is_in_two_splits(arrays, part, kind):
    inside = arrays['clip_split'] == kind
    rotvec, lengths = clips_of(arrays, inside)
    # A copy as long as a window of training shows at every fourth frame.
    copies = np.concatenate([
        windows(turns, lengths, PARTS[part], stride=4)
        for turns in (rotvec, mirrored(rotvec))
    ])
    others = windows(*clips_of(arrays, ~inside), PARTS[part])
    assert nearest_degrees(copies, others) > SAME_DEGREES


def test_a_spliced_mirrored_copy_would_be_found(arrays):
    train, lengths = clips_of(arrays, arrays['clip_split'] == 'train')
    stolen = np.random.default_rng(0).normal(size=(16, 24, 3))
    stolen[:, PARTS['left_arm']] = mirrored(train[:16])[:, PARTS['left_arm']]
    found = nearest_degrees(
        windows(mirrored(stolen), [16], PARTS['right_arm'], stride=4),
        windows(train, lengths, PARTS['right_arm']))
    assert found < SAME_DEGREES / 100


def test_splice_partners_are_of_the_own_split(arrays, monkeypatch):
    dataset = FreeMotion(
        'train', num_frames=9, variety=dict(splice=1.0, mirror=0.5))
    bank, drawn = dataset.bank, []
    monkeypatch.setattr(
        bank, 'quats_at',
        lambda rows: drawn.append(rows) or type(bank).quats_at(bank, rows))
    dataset.__getitems__(list(range(64)))
    # All that is drawn are rows of the bank ...
    rows = torch.cat(drawn).long()
    assert rows.shape == (64, 9, 24)
    clip = torch.searchsorted(bank.first, rows, right=True) - 1
    assert (clip == clip[:, :1]).all()  # a part keeps to its clip
    partners = clip[:, 0, PARTS['legs'][0]] != clip[:, 0, 0]
    assert partners.float().mean() > 0.8
    # ... and the bank is made of the training clips, of nothing else.
    chosen = arrays['clip_split'] == 'train'
    assert [c.name
            for c in dataset.clips] == arrays['clip_name'][chosen].tolist()
    quats = roma.rotvec_to_unitquat(
        torch.as_tensor(clips_of(arrays, chosen)[0]).float())
    cosine = (quats * bank.quats).sum(-1).abs()
    torch.testing.assert_close(cosine, torch.ones_like(cosine))


@pytest.mark.parametrize('archive, type_, name', [
    ('cmu_asfamc_01-03.zip', 'cmu-asfamc', 'cmu/02_02'),
    ('cmu_bvh_05-07.zip', 'bvh', 'cmu/07_02'),
    ('pybullet_humanoid3d.zip', 'pybullet', 'pybullet/walk'),
])
def test_the_file_is_what_the_converter_makes(arrays, shared, archive, type_,
                                              name):
    files = SourceFiles(shared / 'mocap' / archive)
    converter = CONVERTERS.build(dict(type=type_))
    clip, = [c for c in converter.clips(files) if c.name == name]
    made = convert_clip(converter, files, clip, 30.)
    place = arrays['clip_name'].tolist().index(name)
    assert str(made['source_sha256']) == arrays['clip_source_sha256'][place]
    first = round(arrays['clip_source_start'][place] * 30)
    rows = slice(first, first + arrays['clip_length'][place])
    rotvec, _ = clips_of(arrays, arrays['clip_name'] == name)
    np.testing.assert_allclose(rotvec, made['rotvec'][rows], atol=1e-4)
