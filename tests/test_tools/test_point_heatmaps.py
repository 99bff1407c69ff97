# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from toy_pictures import toy_pictures
from toy_pointhmr import make

from mmarts.body_models import FreeBody
from mmarts.engine.hooks.checkpoint_meta_hook import network_meta
from mmarts.registry import MODELS

CONFIG = 'configs/pointhmr/pointhmr-tiny_freemotion-images.py'
KEPT = 'configs/pointhmr/pointhmr-blazepose_freemotion.py'


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


def write_checkpoint(path, config):
    """An untrained network."""
    cfg = Config.fromfile(config)
    model = MODELS.build(cfg.model)
    meta = dict(mmarts=network_meta(model, cfg))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


def test_a_checkpoint_becomes_a_sheet(call_tool, tmp_path):
    out = call_tool('analysis/point_heatmaps', CONFIG,
                    write_checkpoint(tmp_path / 'net.pth',
                                     CONFIG), '--indices', 0, 3, '--joints',
                    'Head', '--out', tmp_path / 'sheet.png')
    assert out.returncode == 0, out.stderr
    assert cv2.imread(str(tmp_path / 'sheet.png')).shape == (448, 896, 3)


def test_pictures_stand_for_kept_maps(call_tool, tmp_path):
    pytest.importorskip('ai_edge_litert')
    toy_pictures(tmp_path, FreeBody(), 2)
    out = call_tool(
        'analysis/point_heatmaps', KEPT,
        write_checkpoint(tmp_path / 'net.pth', KEPT), '--indices', 0, 1,
        '--joints', 'Head', 'R_Ankle', '--out', tmp_path / 'sheet.png',
        '--cfg-options', 'test_dataloader.dataset.type=PictureClips',
        f'test_dataloader.dataset.ann_file={tmp_path}/train.mmarts')
    assert out.returncode == 0, out.stderr
    sheet = cv2.imread(str(tmp_path / 'sheet.png'))
    assert sheet.shape == (448, 1120, 3)
    # The toy's white square is in the pictures; kept maps come with none.
    assert sheet[:, :224].max() > 200
