# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a model must beat, on the test data and metrics of its config."""
import sys
from pathlib import Path

import pytest
from mmengine.config import Config

from mmarts.utils import config_path

TOOLS = str(Path(__file__).parents[2] / 'tools')


@pytest.fixture
def baselines(monkeypatch):
    """The tool, with few training poses."""
    monkeypatch.syspath_prepend(TOOLS)
    import baselines

    from mmarts.evaluation.comparison import baselines as parts
    monkeypatch.setattr(parts.ProcrustesMean.__init__, '__defaults__', (20, ))
    monkeypatch.setattr(parts.NearestPose.__init__, '__defaults__', (20, ))
    yield baselines
    sys.modules.pop('baselines')


def test_every_metric_of_the_config_that_a_baseline_has(baselines):
    cfg = Config.fromfile(config_path('arts/arts-tiny_freemotion.py'))
    cfg.test_dataloader.dataset.update(views=1, stride=400)
    rows = baselines.measure_free_baselines(cfg)
    mean, nearest = rows['mean training pose'], rows['nearest training pose']
    # The mean has no orientation of its own.
    assert mean['joints3d/mpjpe'] > nearest['joints3d/mpjpe'] > 50
    assert 'shape/pve_t' in nearest and 'shape/pve_t' not in mean
