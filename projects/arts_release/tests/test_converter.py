# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's names, and its files through the tool."""
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmarts.compat.safe_load import load_checkpoint
from mmarts.registry import MODELS
from projects.arts_release.converter import ARTSReleaseConverter
from projects.arts_release.weights import alternating_masks, convert_weights

ROOT = Path(__file__).parents[3]
KIT = ROOT / 'tests' / 'data' / 'parity' / 'arts'
SHAPES = json.loads((KIT / 'state_dict.json').read_text())
COCO = 'arts_coco'


def release(section: str) -> dict:
    """Weights of the release's shapes: zeros, but for the masks."""
    return {
        key:
        alternating_masks(*shape) if key.endswith(
            ('jts_masks', '.mask')) else torch.zeros(shape)
        for key, shape in SHAPES[section].items()
    }


@pytest.mark.parametrize('section', SHAPES)
def test_every_key_is_used_or_left_out_for_a_reason(section):
    result = convert_weights(release(section))
    left_out = [k for names in result.dropped.values() for k in names]
    assert len(left_out) == len(set(left_out))
    assert set(left_out) < set(SHAPES[section]) and all(result.dropped)
    # What is used keeps its size, but for entries that masks switch off.
    used = {k: s for k, s in SHAPES[section].items() if k not in left_out}
    sizes = [
        sum(v.numel() for k, v in weights.items()
            if 'flow' not in k and 'pose_ik.' not in k and 'TIK' not in k
            and 'init_vertices' not in k) for weights in ({
                k: torch.empty(s)
                for k, s in used.items()
            }, result.state)
    ]
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize('key', [
    'pose_mesh_coevo.inv_b2m.scale', 'pose_mesh_coevo.mcca.attn.wx.weight',
    'pose_lifter.SpatialBlocks1.3.norm1.weight.more', 'extra'
])
def test_a_key_of_no_release_is_an_error(key):
    weights = {**release(COCO), key: torch.zeros(1)}
    with pytest.raises(ValueError, match=f'1 of 739 keys .*: {key}'):
        convert_weights(weights)


def test_other_masks_are_an_error():
    weights = release(COCO)
    mask = weights['pose_mesh_coevo.TIK.regressor.flow_s2r.mask']
    mask[3] = 1 - mask[3]
    with pytest.raises(ValueError, match='flow_s2r.mask is not the mask'):
        convert_weights(weights)


def call_tool(monkeypatch, *args):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, 'argv',
                        ['convert_checkpoint.py', *map(str, args)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path('tools/convert_checkpoint.py', run_name='__main__')
        raise SystemExit(0)
    return end.value.code


def test_a_lifter_through_the_tool(body_config, tmp_path, monkeypatch):
    weights = {
        k: torch.randn(v.shape)
        for k, v in release('lifter_human36').items()
    }
    source, target = tmp_path / 'in.pth.tar', tmp_path / 'out.pth'
    torch.save(dict(epoch=3, model_state_dict=weights), source)
    body = (f'model.body_model.model_path={body_config["model_path"]}',
            'model.body_model.regressors=None')
    assert not call_tool(monkeypatch, 'arts-release', source, target,
                         '--cfg-options', *body)
    loaded = load_checkpoint(str(target))
    meta = loaded['meta']['mmarts']
    assert 'projects.arts_release.models' in meta['custom_imports']['imports']
    assert meta['joint_set'] == 'h36m17' and meta['body_model_id']
    lifter = MODELS.build(meta['model']).eval()
    lifter.load_state_dict(loaded['state_dict'])
    qkv = weights['TemporalBlocks2.2.attn.qkv.weight']
    attention = lifter.lifter.temporal_first[1].attention
    assert torch.equal(attention.query.weight, qkv[:256])
    assert torch.equal(attention.key_value.weight, qkv[256:])


@pytest.mark.robustness
def test_what_is_wrong_is_one_line_and_no_file(body_config, tmp_path,
                                               monkeypatch):
    weights = release('lifter_coco')
    target = tmp_path / 'out.pth'

    def fault(name, content, *options):
        source = tmp_path / 'in.pth.tar'
        torch.save(content, source)
        code = call_tool(monkeypatch, name, source, target, *options)
        assert not target.exists() and str(code).startswith('error: ')
        return code.splitlines()[0]

    body = ('--cfg-options',
            f'model.body_model.model_path={body_config["model_path"]}',
            'model.body_model.regressors=None')
    monkeypatch.setenv('MMARTS_BODY_MODELS', str(tmp_path))
    assert 'smpl.is.tue.mpg.de' in fault('arts-release', weights)
    assert 'projects.nobodys' in fault('nobodys', weights)
    assert 'no state dict' in fault('arts-release', dict(epoch=1))
    assert 'spatial_pos_embed' in fault('arts-release', dict(x=torch.zeros(1)))
    del weights['norm_s.weight']
    line = fault('arts-release', weights, *body)
    assert 'lifter.norm_spatial.weight' in line


def test_the_mean_mesh_must_be_the_one_of_the_weights(load_config):
    model = MODELS.build(load_config('arts-release_3dpw.py').model)
    points = torch.full((431, 3), 9.)
    with pytest.raises(ValueError, match='smpl_mean_vertices.npy'):
        ARTSReleaseConverter().load(model, {
            **release(COCO), 'pose_mesh_coevo.residual.init_vertices':
            points
        })


def test_configs_follow_the_weights():
    weights = release('lifter_coco')
    weights['temporal_pos_embed'] = torch.zeros(1, 64, 256)
    cfg = ARTSReleaseConverter().config(weights)
    assert isinstance(cfg, Config) and cfg.model.joint_set == 'coco19'
    assert cfg.model.num_frames == cfg.model.lifter.num_frames == 64
