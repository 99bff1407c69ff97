# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A released checkpoint, converted, through the demo on the clip."""
from pathlib import Path

import numpy as np
import pytest
import torch

from mmarts.apis import TrackMesher, demo_cli, load_person
from mmarts.engine.checkpoint_converter import convert_checkpoint

pytest.importorskip('av')
pytest.importorskip('ai_edge_litert')

ROOT = Path(__file__).parents[3]
CLIP = ROOT / 'demo' / 'cam03.mp4'


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """What the tool makes of the kit's weights: nonsense, but all of it."""
    from parity.arts_network import released_weights
    from parity.check import SMALL_KIT
    from parity.fixture_body import fixture_body_config
    folder = tmp_path_factory.mktemp('release')
    weights = released_weights(SMALL_KIT / 'arts', 'arts_coco', 0)
    torch.save(dict(model_state_dict=weights), folder / 'mesh.pth.tar')
    del weights
    model_path = fixture_body_config()['model_path']
    convert_checkpoint(
        folder / 'mesh.pth.tar', folder / 'mesh.pth', 'arts-release', {
            'model.body_model.model_path': model_path,
            'model.body_model.regressors': None
        })
    (folder / 'mesh.pth.tar').unlink()
    return folder / 'mesh.pth'


def test_the_clip_becomes_bodies(checkpoint, tmp_path, capsys):
    assert demo_cli.main([
        str(CLIP), '--checkpoint',
        str(checkpoint), '--out-dir',
        str(tmp_path), '--no-render', '--quiet', '--device', 'cpu'
    ]) == 0
    person = load_person(tmp_path / 'person_000.npz')
    assert len(person['frames']) == 100
    assert all(
        np.isfinite(person[name]).all()
        for name in ('global_orient', 'body_pose', 'betas', 'transl'))
    # It cannot know what it sees, and says so.
    text = capsys.readouterr().out
    assert 'WARNING' in text and '2048' in text and '--features' in text


def test_features_reach_the_network(checkpoint):
    from mmarts.apis import Track
    mesher = TrackMesher(str(checkpoint))
    rng = np.random.default_rng(0)
    track = Track(
        frames=np.arange(20),
        keypoints2d=rng.uniform(0, 500, (20, 19, 2)).astype(np.float32),
        scores=np.ones((20, 19), np.float32),
        boxes=np.zeros((20, 4), np.float32),
        valid=np.ones(20, bool),
        fps=30.,
        image_size=(500, 500))
    blind = mesher(track)
    track.feat = np.zeros((20, 2048))
    same = mesher(track)
    track.feat = np.abs(rng.normal(size=(20, 2048)))
    seeing = mesher(track)
    np.testing.assert_array_equal(blind.body_pose, same.body_pose)
    assert np.abs(seeing.body_pose - blind.body_pose).max() > 0.1
