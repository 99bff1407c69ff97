# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import importlib
import json
from pathlib import Path

import pytest
import torch
from toy_pointhmr import make


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


def test_tables_pair_seeds(run_tool, tmp_path):
    rows = {
        'pointhmr-blazepose_masks-none_freemotion': (90., 100., 110.),
        'pointhmr-blazepose_freemotion': (93., 102., 113.),
        'pointhmr-blazepose_full-decoders_freemotion': (93., 99., 113.),
    }
    for row, values in rows.items():
        for seed, value in enumerate(values):
            folder = tmp_path / row / f'seed{seed}'
            folder.mkdir(parents=True)
            metrics = {
                'joints3d/mpjpe': value,
                'joints3d/pa_mpjpe': value / 2,
                'vertices/mpvpe': 100.
            }
            (folder / 'stills.json').write_text(
                json.dumps(dict(metrics=metrics)))
    readme = tmp_path / 'README.md'
    out = run_tool('point_tables', '--report-only', '--work-dir', tmp_path,
                   '--readme', readme)
    assert out.returncode == 0, out.stderr
    masks, decoders = readme.read_text().split('<!-- /table3 -->')
    # 3, 2 and 3 mm: beyond their spread; 3, 0 and 0 are not.
    assert ('| 7, 5, 3, 1 minus none | **+2.7 ± 0.6** | **+1.3 ± 0.3** '
            '| +0.0 ± 0.0 |') in masks
    assert '| light minus full | +1.0 ± 1.7 | +0.5 ± 0.9 ' in decoders
    # Rows without results are left out.
    assert '| 3, 1' not in masks


def test_a_table_without_rows_says_so(run_tool, tmp_path):
    out = run_tool('point_tables', '--report-only', '--work-dir', tmp_path)
    assert out.returncode and 'No row has results' in out.stderr
