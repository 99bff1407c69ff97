# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import importlib
import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from toy_pictures import toy_pictures
from toy_pointhmr import make

from mmarts.body_models import FreeBody
from mmarts.registry import MODELS

CONFIG = 'configs/pointhmr/pointhmr-tiny_freemotion-pictures.py'


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(
        str(Path(__file__).parents[2] / 'tools' / 'analysis'))
    return importlib.import_module


def test_all_ways_compute_the_same(tool):
    speed = tool('point_speed')
    ways = speed.ways_of(make(), bf16=True)
    results = speed.measure(ways, torch.randn(1, 1, 3, 64, 64), repeats=1)
    assert results['released']['difference'] == 0
    assert results['folded']['difference'] < 1e-4
    assert 0 < results['bfloat16']['vertices_mm'] < 5
    # The release makes the whole map before it samples.
    assert results['released']['gflop'] > results['folded']['gflop']


def write_tests(folder, values):
    for seed, value in enumerate(values):
        run = folder / f'seed{seed}' / 'test' / 'now'
        run.mkdir(parents=True)
        (run / 'now.json').write_text(
            json.dumps({
                'joints3d/mpjpe': value,
                'joints3d/pa_mpjpe': value / 2,
                'vertices/mpvpe': 100.,
            }))


def test_a_table_pairs_seeds(call_tool, tmp_path):
    write_tests(tmp_path / 'base', [90., 100., 110.])
    write_tests(tmp_path / 'other', [93., 102., 113.])
    out = call_tool('analysis/point_table', tmp_path, 'base', 'other')
    assert out.returncode == 0, out.stderr
    base, other = out.stdout.splitlines()[2:]
    assert base.startswith('| base | 100.0 ± 10.0 | 50.0 ± 5.0 |')
    # 3, 2 and 3 mm: beyond their spread; 0 is not.
    assert '| **+2.7 ± 0.6** | **+1.3 ± 0.3** | +0.0 ± 0.0 |' in other


def test_a_row_without_a_test_is_named(call_tool, tmp_path):
    write_tests(tmp_path / 'base', [90., 100.])
    (tmp_path / 'base' / 'seed2').mkdir()
    out = call_tool('analysis/point_table', tmp_path, 'base')
    assert out.returncode and 'seed2' in out.stderr


def test_a_pretrained_backbone_fits_its_config(call_tool, tmp_path):
    toy_pictures(tmp_path / 'toy', FreeBody(), 8, size=96)
    file = tmp_path / 'backbone.pth'
    out = call_tool(
        'analysis/point_pretrain', CONFIG, '--out', file, '--steps', 8,
        '--batch-size', 2, '--joints3d', '--cfg-options',
        'train_dataloader.dataset.ann_file='
        f'{tmp_path / "toy" / "train.mmarts"}')
    assert out.returncode == 0, out.stderr
    config = Config.fromfile(CONFIG).model.backbone
    config.init_cfg.checkpoint = str(file)
    backbone = MODELS.build(config)
    before = backbone.layer1[0].conv1.weight.clone()
    backbone.init_weights()
    saved = torch.load(file)['state_dict']
    assert not torch.equal(before, saved['layer1.0.conv1.weight'])
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, saved[name]), name
