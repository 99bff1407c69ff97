# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Each config trains on toy data; the release's losses."""
from types import SimpleNamespace

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper

from mmarts.registry import DATASETS, HOOKS, MODELS
from mmarts.structures import BodyParams, check_sample
from projects.arts_release.training import (ZeroedL1Loss, edge_lengths,
                                            laplacian_energy, normal_error)
from projects.arts_release.training.targets import skeleton_targets

WHOLE = ('arts-release_3dpw.py', 'arts-release_h36m.py')
LIFTERS = ('arts-release-lifter_3dpw.py', 'arts-release-lifter_h36m.py')


def batch_of(cfg, loader, count=2):
    dataset = DATASETS.build(cfg[loader].dataset)
    items = [dataset[i] for i in range(count)]
    for item in items:
        check_sample(item['data_samples'])
    return pseudo_collate(items)


@pytest.mark.parametrize('config', WHOLE + LIFTERS)
def test_a_step_reaches_every_weight(load_config, config):
    """Nothing is left of the release's 17 M weights without a gradient."""
    cfg = load_config(config)
    model = MODELS.build(cfg.model)
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    before = {k: v.detach().clone() for k, v in model.named_parameters()}
    losses = model.train_step(batch_of(cfg, 'train_dataloader'), optim_wrapper)
    assert all(value.isfinite() for value in losses.values())
    names = ('lift', ) if config in LIFTERS else ('mesh', 'joint', 'pose',
                                                  'shape', 'edge')
    assert set(losses) == {'loss', *(f'loss_{name}' for name in names)}
    assert [
        k for k, v in model.named_parameters() if torch.equal(v, before[k])
    ] == []


def test_a_step_starts_the_edges_late(load_config):
    cfg = load_config(WHOLE[0])
    losses = torch.nn.ModuleDict({
        k: MODELS.build(v)
        for k, v in cfg.model.losses.items()
    })
    hook, weights = HOOKS.build(cfg.custom_hooks[0]), []
    runner = SimpleNamespace(model=SimpleNamespace(losses=losses), epoch=0)
    hook.before_train(runner)
    for runner.epoch in range(4):
        hook.before_train_epoch(runner)
        weights.append(losses['edge'].loss_weight)
    assert weights == [0, 0, 20, 20]


def test_masked_entries_count_as_no_error():
    pred, target = torch.randn(
        4, 5, 3, requires_grad=True), torch.randn(4, 5, 3)
    valid = torch.tensor([1, 1, 0, 1]).bool()
    clean = ZeroedL1Loss(2.)(pred, target, valid)
    kept = (pred - target)[valid].abs()
    torch.testing.assert_close(clean, 2 * kept.sum() / pred.numel())
    target[2] = torch.nan
    loss = ZeroedL1Loss(2.)(pred, target, valid)
    loss.backward()
    torch.testing.assert_close(loss, clean)
    assert pred.grad.isfinite().all() and not pred.grad[2].any()


FACES = torch.tensor([[0, 1, 2], [0, 2, 3]])
SQUARE = torch.tensor([[0., 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]])


def test_edges_of_a_square():
    lengths = edge_lengths(SQUARE, FACES)
    expected = torch.tensor([2, 8**0.5, 2, 8**0.5, 2, 2])
    torch.testing.assert_close(lengths.flatten().sort().values,
                               expected.sort().values)


def test_normals_see_what_leaves_the_plane():
    moved = SQUARE[:, [1, 0, 2]] * torch.tensor([3., 0.5, 1])
    assert normal_error(moved, SQUARE, FACES).max() < 1e-6
    upright = SQUARE[:, [2, 1, 0]]
    torch.testing.assert_close(
        normal_error(upright, SQUARE, FACES)[0, 0], torch.tensor(1.))


def test_laplacian_of_a_square():
    # Corners 0 and 2 have three neighbours, with the mean at two thirds of
    # the diagonal; 1 and 3 have two, with the mean at its middle.
    diagonal = 8**0.5
    offsets = torch.tensor([2 / 3 * diagonal, diagonal / 2])
    torch.testing.assert_close(
        laplacian_energy(SQUARE, FACES),
        offsets.square().mean())


def test_skeletons_are_about_the_pelvis_of_human36m(load_config):
    """Both pelvises are known: the step between them is what was added."""
    cfg = load_config(LIFTERS[0])
    model = MODELS.build(cfg.model)
    samples = batch_of(cfg, 'train_dataloader')['data_samples']
    joints, _ = skeleton_targets(model.body_model, samples, 'coco19')
    root = model.root_index
    for sample, about in zip(samples, joints):
        params = BodyParams(sample.global_orient, sample.body_pose,
                            sample.betas, sample.transl)
        pelvis = model.body_model.joints(params, 'h36m17')[:, :1]
        torch.testing.assert_close(
            about, sample.joints3d - pelvis, atol=1e-5, rtol=0)
        assert about[:, root].abs().max() > 1e-3
