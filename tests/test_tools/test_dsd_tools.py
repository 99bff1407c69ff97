# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Swapping skeleton and details, and the speed beside the authors' way."""
import cv2
import pytest
import torch
from mmengine.config import Config

from mmarts.engine.hooks.checkpoint_meta_hook import network_meta
from mmarts.registry import MODELS

CONFIG = 'configs/dsd_satn/dsd-tiny_freemotion.py'


def write_checkpoint(path, head):
    """An untrained network in which only the named factor has a say."""
    cfg = Config.fromfile(CONFIG)
    cfg.model.network.head.type = head
    cfg.model.update(losses=None, discriminator=None, real_poses=None)
    model = MODELS.build(cfg.model)
    with torch.no_grad():
        # Untrained heatmaps are flat: everybody has the same skeleton.
        model.network.heatmap_head.final_layer.weight.mul_(300)
        model.network.head.join.weight.mul_(20)
        if head == 'ConcatHead':
            # What Concat may do: look at the details alone.
            model.network.head.join.weight[:, :28] = 0
    torch.save(
        dict(
            state_dict=model.state_dict(),
            meta=dict(mmarts=network_meta(model, cfg))), path)
    return path


def test_a_head_without_use_for_the_skeleton_does_not_follow_it(
        call_tool, tmp_path):
    paths = [
        write_checkpoint(tmp_path / f'{head}.pth', head)
        for head in ('DSDHead', 'ConcatHead')
    ]
    out = call_tool('analysis/swap_factors', CONFIG, *paths, '--pairs', 2,
                    '--drawn', 1, '--out', tmp_path / 'swapped.png')
    assert out.returncode == 0, out.stderr
    rows = [line for line in out.stdout.splitlines() if 'Head' in line]
    cells = [[c.strip() for c in row.split('│')[1:-1]] for row in rows]
    found = {(row[1], row[2]): [float(x) for x in row[3:]] for row in cells}
    # Nothing of the pose moves with the skeleton, all with the details.
    assert found['ConcatHead', 'skeleton'][0] == 0
    assert found['ConcatHead', 'skeleton'][2] == 0
    assert found['ConcatHead', 'details'][1] == 0
    assert found['DSDHead', 'skeleton'][0] > 0
    picture = cv2.imread(str(tmp_path / 'swapped.png'))
    assert picture.shape == (2 * 320, 4 * 240, 3) and picture.std() > 10


@pytest.mark.robustness
def test_mistakes_are_one_clear_line(call_tool, tmp_path):
    out = call_tool('analysis/swap_factors', CONFIG, 'none.pth')
    assert out.returncode and 'none.pth' in out.stderr
    out = call_tool('analysis/dsd_speed', '--batch', 0)
    assert out.returncode and 'start at 1' in out.stderr


def test_both_ways_give_the_same(call_tool):
    out = call_tool('analysis/dsd_speed', '--size', 64, '--frames', 12,
                    '--repeats', 1)
    assert out.returncode == 0, out.stderr
    rows = [line for line in out.stdout.splitlines() if 'ours' in line]
    assert len(rows) == 2
    for row in rows:
        assert float(row.split('│')[-2]) < 1e-4
