# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Fixtures that several tests share."""
import io
import os
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _same_start(monkeypatch):
    """The same seed for every test, whatever ran before it."""
    torch.manual_seed(0)
    np.random.seed(0)
    monkeypatch.delenv('MMARTS_BODY_MODELS', raising=False)
    init_default_scope('mmarts')


@pytest.fixture(scope='session')
def toy_file(tmp_path_factory) -> str:
    """A random body in the layout of the official SMPL ``.npz``."""
    from toy_body import toy_arrays
    path = tmp_path_factory.mktemp('body') / 'toy.npz'
    np.savez(path, **toy_arrays())
    return str(path)


@pytest.fixture(scope='session')
def toy_body(toy_file):
    """That body, built in float64."""
    from mmarts.body_models import SMPL
    return SMPL(toy_file, dtype='float64')


@pytest.fixture(scope='session')
def free_body():
    """The body that ships with mmarts."""
    from mmarts.body_models import FreeBody
    return FreeBody()


@pytest.fixture(scope='session')
def hand_folder(tmp_path_factory) -> Path:
    """``mano/MANO_RIGHT.pkl`` and ``FreiHAND/`` of a drawn hand."""
    pytest.importorskip('smplx')
    from toy_hand import write_freihand, write_hand
    root = tmp_path_factory.mktemp('hands')
    mano = write_hand(root / 'mano')
    write_freihand(root / 'FreiHAND', mano, dict(training=4, evaluation=2), 2)
    return root


@pytest.fixture
def shared() -> Path:
    """Folder of reference material; the test skips where there is none."""
    path = os.environ.get('MMARTS_SHARED')
    if not path:
        pytest.skip('MMARTS_SHARED names no folder of reference material')
    return Path(path)


def _call_tool(name: str, *args) -> subprocess.CompletedProcess:
    """``tools/<name>.py`` in this process, which is seconds faster."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(
            out), redirect_stderr(err):
        patch.chdir(ROOT)
        patch.setattr(sys, 'argv', [f'{name}.py', *map(str, args)])
        try:
            runpy.run_path(f'tools/{name}.py', run_name='__main__')
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
            err.write(f'{end.code}\n')
    return subprocess.CompletedProcess(args, code, out.getvalue(),
                                       err.getvalue())


@pytest.fixture(scope='session')
def call_tool():
    """Runs ``tools/<name>.py``; its exit code and what it printed."""
    return _call_tool


@pytest.fixture(scope='session')
def run_tool():
    """The same in a process of its own."""

    def run(name: str, *args) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, f'tools/{name}.py', *map(str, args)],
            cwd=ROOT,
            capture_output=True,
            text=True)

    return run


@pytest.fixture(scope='session')
def trained(run_tool, tmp_path_factory) -> Path:
    """Work dir of a tiny ARTS after 6 iterations; the last 2 are 'full'."""
    work_dir = tmp_path_factory.mktemp('trained')
    out = run_tool('train', 'configs/arts/arts-tiny_freemotion.py',
                   '--work-dir', work_dir, '--max-iters', 6, '--cfg-options',
                   'train_dataloader.batch_size=2',
                   'train_cfg.val_begin=40_000',
                   'default_hooks.logger.interval=1')
    assert out.returncode == 0, out.stderr
    return work_dir


@pytest.fixture(scope='session')
def other_body_file(tmp_path_factory) -> str:
    """The free body with another basis of the same shapes, and another id."""
    from mmarts.body_models.smpl import FREE_BODY
    with np.load(FREE_BODY) as file:
        arrays = dict(file)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(10, 10)))[0]
    arrays['shapedirs'] = arrays['shapedirs'][..., :10] @ (0.8 * turn)
    arrays['name'] = np.array('other')
    path = tmp_path_factory.mktemp('other') / 'other.npz'
    np.savez(path, **arrays)
    return str(path)
