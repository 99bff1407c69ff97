# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import argparse
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

FPS = 30.
# Frames in which a clip's right knee bends, and its length.
BENT, FRAMES = slice(200, 260), 400


def write_clip(folder, name):
    """A converted clip that stands still but for its right knee."""
    turns = np.zeros((FRAMES, 24, 3), np.float32)
    turns[:, 0] = Rotation.from_euler('y', 1.0).as_rotvec()
    turns[BENT, 5, 0] = np.sin(np.arange(1, 61) / 3)
    path = np.zeros((FRAMES, 3), np.float32)
    path[:, 2] = np.arange(FRAMES)
    np.savez(
        folder / f'{name.replace("/", "_")}.npz',
        name=name,
        source_sha256=name.encode().hex(),
        fps=FPS,
        rotvec=turns,
        transl=path)


@pytest.fixture
def recipe(monkeypatch):
    """The recipe, found as ``tools/make_assets.py`` finds it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / 'tools'))
    return importlib.import_module('asset_recipes.freemotion')


def parse(recipe, folder, out):
    parser = argparse.ArgumentParser()
    recipe.add_parser(parser.add_subparsers())
    return parser.parse_args([
        'freemotion',
        str(folder), '--out',
        str(out / 'out.npz'), '--split-out',
        str(out / 'split.json')
    ])


@pytest.fixture
def made(tmp_path, recipe):
    folder = tmp_path / 'clips'
    folder.mkdir()
    names = [f'cmu/05_{n:02d}' for n in range(1, 15)]
    for name in (*names, 'cmu/03_01', 'cmu/07_01', 'pybullet/walk',
                 'pybullet/run'):
        write_clip(folder, name)
    recipe.run(parse(recipe, folder, tmp_path))
    with np.load(tmp_path / 'out.npz', allow_pickle=False) as file:
        return dict(file), json.loads((tmp_path / 'split.json').read_text())


def test_the_split_follows_names_alone(made):
    arrays, split = made
    found = {n: e['split'] for n, e in split['clips'].items()}
    expected = dict.fromkeys(found, 'train')
    expected.update({
        'cmu/03_01': 'val',
        'cmu/05_04': 'test',
        'cmu/05_11': 'test',
        'cmu/07_01': 'test',
        'pybullet/walk': 'test'
    })
    assert found == expected and len(found) == 18
    assert dict(
        zip(arrays['clip_name'].tolist(),
            arrays['clip_split'].tolist())) == expected


def test_excerpts_are_where_the_rule_says(made):
    arrays = made[0]
    ends = np.cumsum(arrays['clip_length'])
    for i, (name,
            kind) in enumerate(zip(arrays['clip_name'], arrays['clip_split'])):
        count = dict(train=120, val=210, test=150)[kind]
        if name.startswith('pybullet'):
            count = FRAMES
        assert arrays['clip_length'][i] == count
        # The path counts the frames of the clip.
        frames = arrays['transl'][ends[i] - count:ends[i], 2]
        first = round(arrays['clip_source_start'][i] * FPS)
        np.testing.assert_allclose(frames, np.arange(first, first + count))
        if kind != 'train':
            assert first == (FRAMES - count) // 2
        elif count < FRAMES:
            # All of the bending is inside.
            assert first <= BENT.start and first + count >= BENT.stop


def test_values_are_rounded_to_less_than_a_hundredth_of_a_degree(made):
    arrays = made[0]
    turn = arrays['rotvec'][:, 0, 1]
    assert np.rad2deg(np.abs(turn - 1.0).max()) < 0.01
    assert (arrays['rotvec'] * 2**13 % 1 == 0).all()


@pytest.mark.robustness
def test_an_empty_folder_is_an_error(tmp_path, recipe):
    args = parse(recipe, tmp_path, tmp_path)
    with pytest.raises(FileNotFoundError, match='no converted clips'):
        args.run(args)
    assert not list(tmp_path.iterdir())
