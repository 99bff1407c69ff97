# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Fixtures that several tests share."""
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _same_start():
    """The same seed for every test, whatever ran before it."""
    torch.manual_seed(0)
    np.random.seed(0)
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


@pytest.fixture
def shared() -> Path:
    """Folder of reference material; the test skips where there is none."""
    path = os.environ.get('MMARTS_SHARED')
    if not path:
        pytest.skip('MMARTS_SHARED names no folder of reference material')
    return Path(path)
