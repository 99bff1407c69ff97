# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Accuracy against speed, from the command line."""
import json

import pytest

CONFIG = 'configs/arts/arts-tiny_freemotion.py'


@pytest.mark.slow
def test_fewer_windows_cost_less_and_cover_the_same_frames(
        call_tool, trained, tmp_path):
    path = tmp_path / 'strides.json'
    out = call_tool('analysis/stride_table', CONFIG, trained / 'iter_6.pth',
                    '--strides', 8, 16, '--frames', 40, '--out', path,
                    '--cfg-options', 'test_dataloader.dataset.views=1',
                    'test_dataloader.dataset.split=val')
    assert out.returncode == 0, out.stderr
    report = json.loads(path.read_text())
    near, far = report['rows']
    assert (near['stride'], far['stride']) == (8, 16)
    assert far['network_cpu_ms'] < near['network_cpu_ms']
    assert near['network_cpu_ms'] < near['with_mesh_cpu_ms']
    for row in report['rows']:
        assert {'joints3d/mpjpe', 'joints3d/pa_mpjpe'} <= set(row['metrics'])
    assert any(k.startswith('motion/accel') for k in near['metrics'])
    windows, frames = ([{p[key]
                         for p in row['protocols']} for row in report['rows']]
                       for key in ('samples', 'frames_merged'))
    assert min(windows[0]) > max(windows[1])
    assert frames[0] == frames[1] and len(frames[0]) == 1
    assert 'Accel' in out.stdout


@pytest.mark.robustness
def test_mistakes_are_one_clear_line(call_tool, trained):
    checkpoint = trained / 'iter_6.pth'
    for args, words in (((CONFIG, 'none.pth'), 'no checkpoint "none.pth"'),
                        ((CONFIG, checkpoint, '--strides', 8, 17),
                         '1 to 16, the frames of a window, not [17]'),
                        ((CONFIG, checkpoint, '--frames', 0), '--frames and')):
        out = call_tool('analysis/stride_table', *args)
        assert out.returncode != 0 and 'Traceback' not in out.stderr
        assert out.stderr.startswith('error: ') and words in out.stderr
