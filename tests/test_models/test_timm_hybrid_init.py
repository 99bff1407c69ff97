# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from mmengine.registry import init_default_scope

from mmarts.models.tokens.timm_hybrid_init import URL
from mmarts.registry import MODELS

DIM = 24
_CONVS = dict(reduce=1, mix=2, expand=3)


def build(**kwargs):
    init_default_scope('mmarts')
    return MODELS.build(
        dict(
            type='TokenViT',
            cnn=dict(
                type='HybridResNet',
                stem_dim=8,
                stage_dims=(8, 8, 8),
                depths=(1, 2, 1),
                groups=2),
            dim=DIM,
            depth=2,
            num_heads=2,
            image_size=32,
            **kwargs))


def timm_name(name):
    """What timm calls a weight of ours."""
    parts = name.split('.')
    if parts[0] in ('cls_token', 'norm'):
        return name
    if parts[0] in ('position', 'project'):
        return name.replace('position',
                            'pos_embed').replace('project', 'patch_embed.proj')
    if parts[0] == 'blocks':
        return name.replace('attention.project', 'attn.proj').replace(
            'mlp.0', 'mlp.fc1').replace('mlp.2', 'mlp.fc2')
    name = name.replace('cnn.', 'patch_embed.backbone.')
    for ours, number in _CONVS.items():
        for kind in ('conv', 'norm'):
            name = name.replace(f'{ours}.{kind}', f'{kind}{number}')
    name = name.replace('shortcut', 'downsample')
    for stage in range(3):
        name = name.replace(f'stages.{stage}.', f'stages.{stage}.blocks.')
    return name


def timm_file(model):
    """Weights as timm's file has them, with what a TokenViT leaves out."""
    weights = {}
    for name, value in model.state_dict().items():
        if name.endswith(('_tokens', 'shape_token', 'camera_token')):
            continue
        if '.attention.query.' in name:
            rest = model.state_dict()[name.replace('query', 'key_value')]
            key = name.replace('attention.query', 'attn.qkv')
            weights[key] = torch.cat([value, rest])
        elif '.attention.key_value.' not in name:
            weights[timm_name(name)] = value
    return dict(
        weights, **{
            'blocks.7.norm1.weight': torch.zeros(DIM),
            'head.weight': torch.zeros(5, DIM),
            'pre_logits.fc.bias': torch.zeros(DIM)
        })


@pytest.fixture
def weights():
    torch.manual_seed(5)
    return timm_file(build())


def load(tmp_path, weights):
    torch.save(weights, tmp_path / 'timm.pth')
    torch.manual_seed(6)
    model = build(
        init_cfg=dict(
            type='TimmHybrid', checkpoint=str(tmp_path / 'timm.pth')))
    model.init_weights()
    return model


def test_every_weight_of_the_file_arrives(tmp_path, weights):
    loaded = load(tmp_path, weights)
    torch.manual_seed(5)
    source, own = build().state_dict(), loaded.state_dict()
    drawn = {'joint_tokens', 'shape_token', 'camera_token'}
    differ = {k for k in own if not torch.equal(own[k], source[k])}
    assert differ == drawn


@pytest.mark.robustness
def test_a_file_that_is_not_there_says_where_to_get_it(tmp_path):
    model = build(
        init_cfg=dict(type='TimmHybrid', checkpoint=str(tmp_path / 'no.pth')))
    with pytest.raises(FileNotFoundError) as error:
        model.init_weights()
    assert URL in str(error.value) and 'init_cfg=None' in str(error.value)


@pytest.mark.robustness
@pytest.mark.parametrize('name, value', [
    ('pos_embed', torch.zeros(1, 9, DIM)),
    ('blocks.1.norm2.weight', None),
])
def test_a_file_that_does_not_fit_names_the_weight(tmp_path, weights, name,
                                                   value):
    if value is None:
        del weights[name]
    else:
        weights[name] = value
    with pytest.raises(ValueError, match='does not fit the network'):
        load(tmp_path, weights)
