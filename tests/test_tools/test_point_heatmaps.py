# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from toy_pointhmr import make

from mmarts.engine.hooks.checkpoint_meta_hook import network_meta
from mmarts.registry import MODELS

CONFIG = 'configs/pointhmr/pointhmr-tiny_freemotion-images.py'


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(
        str(Path(__file__).parents[2] / 'tools' / 'analysis'))
    return importlib.import_module('point_heatmaps')


def test_vertices_are_those_at_the_joints(tool):
    model = make()
    body = model.body_model
    found = tool.nearest_vertices(model, ['Head', 'R_Ankle', 'L_Ankle'])
    coarse = model.hierarchy.coarsen(body.v_template)[-1][found]
    # Head up, y up; the left of the body is +x.
    assert coarse[0, 1] > coarse[1, 1] + 1 and coarse[2, 0] > coarse[1, 0]


def test_a_sure_heatmap_glows_at_its_cell(tool):
    picture = np.full((tool.SIDE, tool.SIDE, 3), 100, np.uint8)
    heat = np.zeros((8, 8), np.float32)
    heat[2, 5] = 1
    glow = tool._glow(picture, heat)[..., 0].astype(int)
    y, x = np.unravel_index(glow.argmax(), glow.shape)
    assert (y * 8 // tool.SIDE, x * 8 // tool.SIDE) == (2, 5)
    assert glow[0, 0] == 50


def test_a_checkpoint_becomes_a_sheet(call_tool, tmp_path):
    cfg = Config.fromfile(CONFIG)
    model = MODELS.build(cfg.model)
    meta = dict(mmarts=network_meta(model, cfg))
    torch.save(
        dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'net.pth')
    out = call_tool('analysis/point_heatmaps', CONFIG, tmp_path / 'net.pth',
                    '--indices', 0, 3, '--joints', 'Head', '--out',
                    tmp_path / 'sheet.png')
    assert out.returncode == 0, out.stderr
    assert cv2.imread(str(tmp_path / 'sheet.png')).shape == (448, 896, 3)
