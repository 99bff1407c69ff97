# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""DSD and SATN as a whole: losses, adversary, evaluation, predictions."""
import copy

import pytest
import torch
from mmengine.optim import build_optim_wrapper

from mmarts.registry import MODELS
from mmarts.structures import MeshDataSample

JOINTS, SIDE = 14, 64
LOSSES = dict(
    pose=dict(type='FrameSquaredLoss', loss_weight=20.),
    joint=dict(type='FrameSquaredLoss', loss_weight=60.),
    keypoints2d=dict(type='MaskedL1Loss', loss_weight=10.),
    adversarial=dict(type='AdversarialLoss', loss_weight=0.6))
CRITIC = dict(type='PoseShapeDiscriminator', joint_dim=4, pose_dim=8)
COMMON = dict(
    body_model=dict(type='FreeBody'),
    joint_set='lsp14',
    projection=dict(type='WeakPerspective'),
    loss_root=('L_Hip', 'R_Hip'),
    discriminator=CRITIC,
    real_poses=dict(type='RealPoses'))


def net_config(head='DSDHead', depth=0):
    backbone = dict(type='ResNet', blocks=(1, 1, 1, 1), base_channels=4)
    return dict(
        type='SkeletonDetailNet',
        backbone=backbone,
        heatmap_head=dict(
            type='DeconvHeatmapHead', in_channels=128, channels=8,
            depth=depth),
        integral=dict(type='IntegralRegression'),
        head=dict(
            type=head,
            coords=3 if depth else 2,
            in_dim=128,
            detail_dim=16,
            out_dim=16),
        parameter_head=dict(type='SMPLParameterHead', in_dim=16))


def make_dsd(head='DSDHead', depth=0, **changes):
    losses = dict(LOSSES, skeleton=dict(type='MaskedL1Loss', loss_weight=10.))
    if depth:
        losses['skeleton_depth'] = dict(type='MaskedL1Loss')
    return MODELS.build(
        dict(
            dict(COMMON, type='DSD', losses=losses, num_frames=1),
            network=net_config(head, depth),
            **changes))


def make_satn(order=True, encoder=True, **changes):
    losses = dict(LOSSES)
    if order:
        losses['order'] = dict(type='OrderRecoveryLoss')
        changes['order_head'] = dict(type='OrderHead', in_dim=16, dim=8)
    encoder = dict(
        type='FrameEncoder', dim=16, num_heads=2,
        hidden_dim=8) if encoder else None
    return MODELS.build(
        dict(
            dict(COMMON, type='SATN', losses=losses),
            network=dict(
                type='SelfAttentionTemporalNet',
                encoder=encoder,
                tcn=dict(type='TemporalConvNet', in_dim=16, dim=12)),
            head=dict(type='SMPLParameterHead', in_dim=12),
            **changes))


def make_samples(count, frames, labelled=True):
    samples = []
    for _ in range(count):
        sample = MeshDataSample(
            metainfo=dict(sequence='a', frame_index=torch.arange(frames)))
        sample.set_target('keypoints2d_crop', torch.randn(frames, JOINTS, 2))
        if labelled:
            eye = torch.eye(3).expand(frames, 24, 3, 3)
            sample.set_target('global_orient', eye[:, :1])
            sample.set_target('body_pose', eye[:, 1:])
            sample.set_target('joints3d_rel', torch.randn(frames, JOINTS, 3))
            sample.set_target('cam', torch.tensor([[0.8, 0, 0]] * frames))
        samples.append(sample)
    return samples


def pictures(count, frames=1):
    return dict(image=torch.randn(count, frames, 3, SIDE, SIDE))


def optim_config(**changes):
    return dict(
        constructor='AdversarialConstructor',
        type='OptimWrapper',
        optimizer=dict(type='SGD', lr=1e-4, momentum=0.9),
        discriminator=dict(optimizer=dict(type='Adam', lr=1e-3)),
        **changes)


@pytest.mark.parametrize('head', ['DSDHead', 'ConcatHead', 'DirectHead'])
def test_the_three_rows_of_table_2_have_the_same_losses(head):
    losses = make_dsd(head)(pictures(2), make_samples(2, 1), 'loss')
    assert set(losses) == {
        f'loss_{name}'
        for name in ('pose', 'joint', 'keypoints2d', 'adversarial',
                     'discriminator', 'skeleton')
    }
    assert all(value.isfinite() for value in losses.values())


def test_a_skeleton_with_depth_is_trained_in_all_three_coordinates():
    model = make_dsd(depth=4)
    out = model(pictures(2))
    assert out['skeleton'].shape == (2, 1, JOINTS, 3)
    losses = model(pictures(2), make_samples(2, 1), 'loss')
    losses['loss_skeleton_depth'].backward()
    assert model.network.heatmap_head.final_layer.weight.grad.abs().sum() > 0


def test_pictures_with_2d_labels_alone_are_masked():
    model = make_dsd()
    losses = model(
        pictures(3),
        make_samples(1, 1) + make_samples(2, 1, labelled=False), 'loss')
    alone = model(pictures(2), make_samples(2, 1, labelled=False), 'loss')
    assert losses['loss_pose'] > 0 and losses['loss_joint'] > 0
    assert alone['loss_pose'] == alone['loss_joint'] == 0
    assert alone['loss_keypoints2d'] > 0


def test_neither_adversary_touches_the_parameters_of_the_other():
    model = make_dsd()
    losses = model(pictures(2), make_samples(2, 1), 'loss')
    losses['loss_adversarial'].backward(retain_graph=True)
    critic = list(model.discriminator.parameters())
    assert all(p.grad is None for p in critic)
    own = [p.grad for p in model.network.parameters() if p.grad is not None]
    assert any(g.abs().sum() > 0 for g in own)
    before = [g.clone() for g in own]
    losses['loss_discriminator'].backward()
    assert all(torch.equal(a, b) for a, b in zip(own, before))
    assert any(p.grad.abs().sum() > 0 for p in critic)


def test_one_step_moves_network_and_discriminator_by_their_optimisers():
    model = make_dsd()
    wrapper = build_optim_wrapper(model, optim_config())
    assert set(wrapper.keys()) == {'network', 'discriminator'}
    before = copy.deepcopy(model.state_dict())
    samples = make_samples(2, 1)
    data = dict(
        inputs={
            k: list(v)
            for k, v in pictures(2).items()
        },
        data_samples=samples)
    log = model.train_step(data, wrapper)
    moved = {
        name.split('.')[0]
        for name, value in model.named_parameters()
        if not torch.equal(value, before[name])
    }
    assert moved == {'network', 'discriminator'}
    assert {'loss', 'loss_discriminator', 'loss_adversarial'} <= set(log)
    first = next(model.discriminator.parameters())
    step = (first - before['discriminator.embed.0.weight']).abs().max()
    # Adam's first step is its rate.
    torch.testing.assert_close(step, torch.tensor(1e-3), rtol=0.1, atol=0)


def test_steps_are_accumulated_alike():
    model = make_dsd()
    wrapper = build_optim_wrapper(model, optim_config(accumulative_counts=2))
    before = copy.deepcopy(dict(model.named_parameters()))
    for moves in (False, True):
        data = dict(inputs=pictures(2), data_samples=make_samples(2, 1))
        model.train_step(data, wrapper)
        for part in (model.network, model.discriminator):
            name = next(n for n, p in model.named_parameters()
                        if p is next(part.parameters()))
            same = torch.equal(before[name], next(part.parameters()))
            assert same is not moves


def test_the_discriminator_learns_to_tell_poses_apart():
    model = make_dsd()
    model.requires_grad_(False)
    model.discriminator.requires_grad_(True)
    optimizer = torch.optim.Adam(model.discriminator.parameters(), 3e-3)
    out = dict(
        body_pose=model.read(
            torch.ones(64, 1, 3),
            torch.linalg.qr(torch.randn(64, 1, 24, 3, 3))[0],
            torch.randn(64, 1, 10))['body_pose'],
        betas=torch.randn(64, 1, 10))
    first = model._adversarial_losses(out)['loss_discriminator']
    for _ in range(60):
        optimizer.zero_grad()
        loss = model._adversarial_losses(out)['loss_discriminator']
        loss.backward()
        optimizer.step()
    assert loss < 0.6 * first


def test_statistics_of_the_batch_are_an_option_that_changes_nothing_else():
    running, batch = make_dsd().eval(), make_dsd(bn_eval='batch').eval()
    batch.load_state_dict(running.state_dict())
    before = copy.deepcopy(batch.state_dict())
    inputs = pictures(3)
    other = dict(image=inputs['image'].clone())
    other['image'][2] += 1
    with torch.no_grad():
        a, b, c, d = (
            m(x)['betas'][0] for m in (running, batch)
            for x in (inputs, other))
    torch.testing.assert_close(a, b)
    assert (c - d).abs().max() > 1e-4 and (a - c).abs().max() > 1e-4
    after = batch.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    batch.train()
    batch(inputs)
    assert not torch.equal(
        before['network.backbone.bn1.running_mean'],
        batch.state_dict()['network.backbone.bn1.running_mean'])


@torch.no_grad()
def test_folded_norms_give_the_same():
    model, inputs = make_dsd(), pictures(4)
    for _ in range(3):
        model(inputs)
    model.eval()
    wanted = model(inputs)
    folded = model.fold()(inputs)
    norms = [
        m for m in model.network.modules()
        if isinstance(m, torch.nn.BatchNorm2d)
    ]
    assert not norms
    for name in ('skeleton', 'feat', 'betas', 'joints3d_posed'):
        torch.testing.assert_close(
            folded[name], wanted[name], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_heads_read_from_a_file_what_the_trunk_would_give():
    model = make_dsd().eval()
    inputs = pictures(2)
    wanted = model(inputs)
    config = net_config()
    reader = make_dsd()
    reader.network = MODELS.build(
        dict(
            type='SkeletonDetailReader',
            num_joints=JOINTS,
            head=config['head'],
            parameter_head=config['parameter_head']))
    reader.network.load_state_dict(model.network.state_dict(), strict=False)
    skeleton, pooled = model.network.parts(inputs['image'].flatten(0, 1))
    parts = torch.cat([skeleton.flatten(1), pooled], 1)[:, None]
    found = reader.eval()(dict(feat=parts))
    for name in ('skeleton', 'feat', 'cam', 'joints3d_posed'):
        torch.testing.assert_close(found[name], wanted[name])
    satn = make_satn(
        frame_network=dict(
            type='SkeletonDetailReader',
            num_joints=JOINTS,
            head=config['head'])).eval()
    satn.frame_network.load_state_dict(model.network.state_dict(), False)
    torch.testing.assert_close(satn.features(dict(feat=parts)), wanted['feat'])


@torch.no_grad()
def test_folded_weights_may_be_bfloat16_for_autocast():
    model, inputs = make_dsd().eval(), pictures(4)
    wanted = model(inputs)
    model.fold(torch.bfloat16)
    heavy = [model.network.backbone.conv1, model.network.head.join]
    assert {m.weight.dtype for m in heavy} == {torch.bfloat16}
    with torch.autocast('cpu', torch.bfloat16):
        found = model(inputs)
    for name in ('skeleton', 'joints3d_posed'):
        assert found[name].dtype == torch.float32
        torch.testing.assert_close(
            found[name], wanted[name], atol=0.02, rtol=0.02)


@pytest.mark.parametrize('make, inputs', [
    (make_dsd, lambda: pictures(1)),
    (make_satn, lambda: dict(feat=torch.randn(1, 4, 16))),
])
def test_predictions_are_placed_where_the_crop_is_known(make, inputs):
    model, inputs = make().eval(), inputs()
    frames = next(iter(inputs.values())).shape[1]
    sample, = model(inputs, mode='predict')
    assert 'pred_transl' not in sample
    assert sample.pred_joints3d_rel.shape == (frames, JOINTS, 3)
    inputs.update(
        K=torch.tensor([[[1000., 0, 500], [0, 1000, 500], [0, 0, 1]]]),
        box_centre=torch.full((1, frames, 2), 500.),
        box_size=torch.full((1, frames), 200.))
    sample, = model(inputs, mode='predict')
    assert torch.equal(sample.pred_frame_index, torch.arange(frames))
    root = sample.pred_joints3d[:, [12]]
    # Far away, where an untrained camera puts it.
    torch.testing.assert_close(
        sample.pred_joints3d - root,
        sample.pred_joints3d_rel,
        atol=2e-3,
        rtol=0)


@pytest.mark.parametrize('order', [True, False])
@pytest.mark.parametrize('encoder', [True, False])
def test_satn_learns_from_the_middle_frame(order, encoder):
    model = make_satn(order, encoder)
    samples = make_samples(2, 9)
    for sample in samples:
        # Other frames' targets must not matter.
        for name in ('joints3d_rel', 'body_pose', 'keypoints2d_crop'):
            value = sample.get(name).clone()
            value[[i for i in range(9) if i != 4]] = torch.nan
            sample.set_target(name, value)
    losses = model(dict(feat=torch.randn(2, 9, 16)), samples, 'loss')
    assert ('loss_order' in losses) is order
    assert all(value.isfinite() for value in losses.values())


def test_shuffled_frames_are_put_back_before_the_convolutions():
    """Without position codes the shuffle is invisible behind it."""
    model, feat = make_satn().eval(), torch.randn(2, 9, 16)
    model.network.encoder.codes = lambda n: torch.zeros(n, 16)
    tokens, _ = model._recover_order(feat)
    torch.testing.assert_close(tokens, model.network.encode(feat))


def test_the_frame_network_makes_features_and_is_not_trained():
    model = make_satn(frame_network=net_config())
    model.train()
    assert not any(m.training for m in model.frame_network.modules())
    losses = model(pictures(2, 9), make_samples(2, 9), 'loss')
    sum(losses.values()).backward()
    assert all(p.grad is None for p in model.frame_network.parameters())


@pytest.mark.robustness
def test_what_does_not_fit_is_named():
    with pytest.raises(KeyError, match='feat or image.*does the dataset'):
        make_satn()(dict(K=torch.eye(3)))
    with pytest.raises(KeyError, match='has no frame network'):
        make_satn()(pictures(1, 9))
    with pytest.raises(ValueError, match='clips of 9 frames'):
        make_satn()(dict(feat=torch.randn(1, 8, 16)), make_samples(1, 8),
                    'loss')
    with pytest.raises(ValueError, match='set both, or neither'):
        make_satn(
            order=False, order_head=dict(type='OrderHead', in_dim=16, dim=8))
    with pytest.raises(ValueError, match='bn_eval should be one of'):
        make_dsd(bn_eval='none')
    with pytest.raises(ValueError, match='cannot be folded'):
        make_dsd(bn_eval='batch').fold()
    with pytest.raises(ValueError, match='needs `discriminator`'):
        make_dsd(discriminator=None)
    with pytest.raises(ValueError, match="got .'depth'"):
        MODELS.build(
            dict(
                COMMON,
                type='DSD',
                network=net_config(),
                losses=dict(depth=dict(type='MaskedL1Loss'))))
    model = make_dsd()
    model.discriminator = None
    with pytest.raises(ValueError, match='expects a model with a discrim'):
        build_optim_wrapper(model, optim_config())
