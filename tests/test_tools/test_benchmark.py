# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a network costs, from the command line."""
import json

import pytest
import torch

CONFIG = 'configs/arts/arts-tiny_freemotion.py'
FEW = ('--threads', 1, '--batch-sizes', 2, '--repeats', 2, '--warm-up', 0)


@pytest.fixture(autouse=True)
def _threads():
    """The tool sets them for the whole process."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_every_number_is_in_the_json(call_tool, tmp_path):
    path = tmp_path / 'speed.json'
    out = call_tool('benchmark', CONFIG, *FEW, '--dtype', 'float32', '--video',
                    20, '--strides', 8, 16, '--out', path)
    assert out.returncode == 0, out.stderr
    report = json.loads(path.read_text())
    assert report['config'] == CONFIG and report['vertices'] == 'mid'
    assert report['parameters'] == report['trainable_parameters'] > 2e6
    assert sum(report['flops_of_parts'].values()) <= report['flops_per_window']
    row, = report['rows']
    assert (row['threads'], row['batch_size'], row['repeats']) == (1, 2, 2)
    assert row['dtype'] == 'float32'
    assert 0 < row['low_ms'] <= row['q25_ms'] <= row['median_ms']
    assert row['median_ms'] <= row['q75_ms'] and row['cpu_ms'] > 0
    assert row['windows_per_s'] == pytest.approx(1000 / row['median_ms'])
    assert row['matmul_gflops'] > 0
    memory, = report['memory']
    # A window's activations at least, and no second copy of the process.
    assert 2e5 < memory['peak'] < memory['before']
    video, = report['video']
    strides = video['windows']
    assert [s['stride'] for s in strides] == [8, 16]
    assert all(s['times_faster'] > 1 for s in strides)
    for text in ('GFLOP a window', 'batched', 'peak memory', 'free_body'):
        assert text in out.stdout


@pytest.mark.slow
def test_a_part_from_outside_mmarts(call_tool):
    out = call_tool(
        'benchmark', 'projects/example/configs/'
        'arts-tiny_bone-mlp_freemotion.py', *FEW, '--dtype', 'bfloat16',
        '--vertices', 'none')
    assert out.returncode == 0, out.stderr
    assert 'bfloat16' in out.stdout and 'vertices: none' in out.stdout


@pytest.mark.robustness
def test_mistakes_are_one_clear_line(call_tool):
    for args, words in ((('none.py', ), 'no config "none.py"'),
                        ((CONFIG, '--threads', 0), '--threads should be 1'),
                        ((CONFIG, '--batch-sizes', 1, -4), '--batch-sizes'),
                        ((CONFIG, '--repeats', 0), '--repeats should be'),
                        ((CONFIG, '--video', 0), '--video should be'),
                        (('configs/arts/arts_h36m.py', '--body', 'config'),
                         'SMPL_NEUTRAL.pkl')):
        out = call_tool('benchmark', *args)
        assert out.returncode != 0 and 'Traceback' not in out.stderr
        assert out.stderr.startswith('error: ') and words in out.stderr
    out = call_tool('benchmark', '--help')
    assert out.returncode == 0 and 'examples:' in out.stdout
