# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Swapped factors, recovered order, tables, speed beside the authors' way."""
import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from toy_pictures import toy_pictures

from mmarts.annotations.annotation_writer import write_annotations
from mmarts.body_models import SMPL
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


def write_sorter(path, frames):
    """A SATN whose order head reads the place that a frame's feature is."""
    cfg = Config.fromfile('configs/dsd_satn/satn-blazepose_freemotion.py')
    cfg.model.update(frame_network=None, discriminator=None, real_poses=None)
    cfg.model.losses.adversarial = None
    cfg.model.network.update(encoder=None)
    cfg.model.network.tcn.update(in_dim=frames)
    cfg.model.order_head = dict(
        type='LinearOrderHead', in_dim=frames, num_frames=frames)
    model = MODELS.build(cfg.model)
    torch.nn.init.eye_(model.order_head.weight)
    torch.save(
        dict(
            state_dict=model.state_dict(),
            meta=dict(mmarts=network_meta(model, cfg))), path)
    return path


@pytest.mark.parametrize('backwards', [False, True])
def test_a_known_order_is_all_right_and_one_frame_tells_none(
        call_tool, tmp_path, toy_file, backwards):
    frames = 9
    arrays = toy_pictures(tmp_path, SMPL(toy_file), frames, size=40)
    place = np.arange(frames, dtype=np.float32)
    feat = np.exp(-(place - place[:, None])**2)
    write_annotations(
        tmp_path / 'feat.mmarts',
        dict(arrays, feat=feat[::-1] if backwards else feat),
        source='a toy')
    out = call_tool('analysis/order_accuracy',
                    'configs/dsd_satn/satn-blazepose_freemotion.py',
                    write_sorter(tmp_path / 'sorter.pth', frames),
                    '--features', tmp_path / 'feat.mmarts')
    assert out.returncode == 0, out.stderr
    cells = [[c.strip() for c in line.split('│')[2:-1]]
             for line in out.stdout.splitlines() if '│' in line]
    found = {row[0]: [float(x) for x in row[1:]] for row in cells}
    assert found['shuffled'] == [100, 100, 0]
    assert found['all the same'][0] == pytest.approx(100 / frames, abs=0.1)
    assert found['guessed'][0] < 50
    assert found['shortest path'] == [100, 100, 0]


def test_tables_are_of_the_same_seeds(run_tool, tmp_path):
    rows = ('direct', 'concat', 'dsd', 'backbone-tcn', 'backbone-satn',
            'dsd-tcn', 'dsd-attention', 'dsd-satn')
    keys = ('joints3d/mpjpe', 'joints3d/pa_mpjpe', 'vertices/mpvpe',
            'motion/mpjve_mm_per_frame_10fps', 'motion/mpjve_mm_per_s_10fps',
            'motion/accel_mm_per_frame2_10fps')
    for number, row in enumerate(rows):
        for seed, base in enumerate((50., 90.)):
            folder = tmp_path / row / f'seed{seed}'
            folder.mkdir(parents=True)
            metrics = dict.fromkeys(keys, base + number)
            for name in ('stills', 'clips'):
                (folder / f'{name}.json').write_text(
                    json.dumps(dict(metrics=metrics)))
    readme = tmp_path / 'README.md'
    out = run_tool('dsd_tables', '--report-only', '--seeds', 0, 1,
                   '--work-dir', tmp_path, '--readme', readme)
    assert out.returncode == 0, out.stderr
    text = readme.read_text()
    assert '| Direct | 70.0 ± 28.3 ' in text
    # What a seed changes in both rows is no spread of their difference.
    assert '| DSD minus Direct | **+2.0 ± 0.0** ' in text
    assert '| DSD+SATN minus DSD | **+5.0 ± 0.0** ' in text


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
        *_, gap, vertices, _ = row.split('│')
        assert float(gap) < 1e-4
        assert not vertices.strip() or float(vertices) < 0.1
    assert rows[0].split('│')[-2].strip()
