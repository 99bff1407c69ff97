# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Two processes on a CPU: the launch scripts, gloo and both stages."""
import os
import subprocess
import sys

from tool_process import ROOT, free_port

CONFIG = 'configs/arts/arts-tiny_freemotion.py'


def test_two_processes_train_through_both_stages(tmp_path):
    env = dict(
        os.environ,
        PYTHON=sys.executable,
        MASTER_PORT=str(free_port()),
        OMP_NUM_THREADS='1',
        CUDA_VISIBLE_DEVICES='')
    done = subprocess.run([
        'bash', 'tools/dist_train.sh', CONFIG, '2', '--work-dir',
        str(tmp_path), '--max-iters', '4', '--cfg-options',
        'train_dataloader.batch_size=2', 'train_cfg.val_begin=40_000'
    ],
                          cwd=ROOT,
                          env=env,
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert 'stage "full"' in done.stdout + done.stderr
    assert (tmp_path / 'iter_4.pth').is_file()
