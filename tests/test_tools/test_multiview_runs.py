# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rows of several trainings on real views."""
import importlib
import sys
from pathlib import Path

import pytest

ANALYSIS = str(Path(__file__).parents[2] / 'tools' / 'analysis')


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ANALYSIS)
    yield importlib.import_module('multiview_runs')
    for name in ('multiview_runs', 'multiview_error', 'clips'):
        sys.modules.pop(name, None)


def run(error):
    return dict(pa_mpjpe=error, accel=2., speed_ratio=90.)


def test_differences_are_paired_and_to_the_first_row(tool):
    """Seeds differ by 20, rows by about 1 under each: that is no noise."""
    text = tool.markdown({
        'all': [run(50.), run(70.)],
        'less': [run(51.), run(71.2)],
        'one': [run(60.)]
    })
    lines = text.splitlines()
    assert lines[2] == ('| all | 2 | 60.0 ± 14.1 | 2.0 ± 0.0 | 90.0 ± 0.0 | '
                        '- | - |')
    assert lines[3].endswith('| **+1.1 ± 0.1** | +0.0 ± 0.0 |')
    assert lines[4] == '| one | 1 | 60.0 | 2.0 | 90.0 | - | - |'


def test_files_are_sorted_by_seed(tool, tmp_path):
    for seed in (2, 0, 1):
        path = tmp_path / f'seed{seed}' / 'iter_4.pth'
        path.parent.mkdir()
        path.touch()
    name, pattern = tool.split(f'no mirror={tmp_path}/seed*/iter_4.pth')
    assert name == 'no mirror'
    assert [p.parent.name
            for p in tool.files_of(pattern)] == ['seed0', 'seed1', 'seed2']


@pytest.mark.robustness
def test_what_is_missing_is_named(tool, tmp_path):
    with pytest.raises(ValueError, match='nowhere'):
        tool.files_of(f'{tmp_path}/nowhere*.pth')
    with pytest.raises(ValueError, match='NAME=FILES'):
        tool.split('iter_4.pth')
