# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Properties of the parts of DSD-SATN."""
import pytest
import torch
from torch.nn import functional as F

from mmarts.geometry.camera import shifted_to_weak
from mmarts.models.backbones import ResNet
from mmarts.models.discriminators import PoseShapeDiscriminator
from mmarts.models.disentangle import (ConcatHead, DeconvHeatmapHead,
                                       DirectHead, DSDHead, IntegralRegression)
from mmarts.models.layers.phase_deconv import PhaseDeconv
from mmarts.models.losses import OrderRecoveryLoss
from mmarts.models.regressors import SMPLParameterHead
from mmarts.models.temporal import OrderHead, SelfAttentionTemporalNet
from mmarts.models.temporal.temporal_conv_net import edge_windows
from mmarts.registry import MODELS

SMALL = dict(num_joints=5, in_dim=12, detail_dim=8, out_dim=6)


def peak(*place, size):
    logits = torch.full((1, 1, *size), -1e4)
    logits[(0, 0, *place)] = 0
    return logits


@pytest.mark.parametrize('size', [(64, 64), (7, 11), (4, 8, 16)])
def test_an_even_map_means_the_middle(size):
    coords = IntegralRegression()(torch.zeros(2, 3, *size))
    torch.testing.assert_close(coords, torch.zeros(2, 3, len(size)))


def test_axes_are_x_y_z():
    coords = IntegralRegression()(peak(3, 0, 15, size=(4, 8, 16)))
    wanted = torch.tensor([31 / 16 - 1, 1 / 8 - 1, 7 / 4 - 1])
    torch.testing.assert_close(coords[0, 0], wanted)


def test_the_release_is_half_a_cell_off():
    logits = torch.randn(2, 3, 8, 16)
    gap = IntegralRegression()(logits) - IntegralRegression('release')(logits)
    wanted = torch.tensor([1 / 16, 1 / 8]).expand_as(gap)
    torch.testing.assert_close(gap, wanted)


def test_the_head_is_bilinear():
    head = DSDHead(**SMALL)
    skeleton, detail = torch.randn(3, 10), torch.randn(3, 8)
    wanted = F.bilinear(skeleton, detail, head.join.weight)
    y = head.joined(skeleton, detail)
    torch.testing.assert_close(y, wanted)
    torch.testing.assert_close(head.joined(2 * skeleton, 3 * detail), 6 * y)


@pytest.mark.parametrize('head, listens', [(DSDHead, True), (ConcatHead, True),
                                           (DirectHead, False)])
def test_which_heads_see_the_skeleton(head, listens):
    model, pooled = head(**SMALL), torch.randn(2, 12)
    one, other = (model(torch.randn(2, 5, 2), pooled) for _ in range(2))
    assert one.shape == (2, 6) and torch.equal(one, other) is not listens


@pytest.mark.robustness
def test_another_skeleton_is_refused():
    with pytest.raises(ValueError, match=r'\(B, 5, 2\).*\(2, 4, 2\)'):
        DSDHead(**SMALL)(torch.zeros(2, 4, 2), torch.zeros(2, 12))


@pytest.mark.parametrize('bias', [True, False])
def test_a_deconvolution_is_four_convolutions(bias):
    deconv = torch.nn.ConvTranspose2d(5, 3, 4, 2, 1, bias=bias)
    x = torch.randn(2, 5, 4, 7)
    torch.testing.assert_close(PhaseDeconv(deconv)(x), deconv(x))
    with pytest.raises(ValueError, match='kernel 4, stride 2'):
        PhaseDeconv(torch.nn.ConvTranspose2d(5, 3, 3, 2, 1))


@pytest.mark.parametrize('scale', [0.9, -0.4])
def test_both_cameras_show_the_same(scale):
    points, shift = torch.randn(6, 2), torch.tensor([0.3, -0.2])
    s, *t = shifted_to_weak(torch.tensor([scale, *shift]))
    torch.testing.assert_close(s * (points + torch.stack(t)),
                               scale * points + shift)


def test_a_camera_without_scale_stays_finite():
    cam = torch.tensor([0., 0.3, -0.2], requires_grad=True)
    out = shifted_to_weak(cam)
    out.sum().backward()
    assert out.isfinite().all() and cam.grad.isfinite().all()


@pytest.mark.parametrize('depth, joints', [(0, (14, 64, 64)),
                                           (14, (14, 14, 64, 64))])
def test_from_image_to_heatmaps(depth, joints):
    backbone = ResNet(blocks=(1, 1, 1, 1), base_channels=4)
    head = DeconvHeatmapHead(backbone.out_channels, channels=8, depth=depth)
    logits = head(backbone(torch.zeros(1, 3, 256, 256)))
    assert logits.shape == (1, *joints)


def test_parameters():
    cam, rotmat, betas = SMPLParameterHead(6)(torch.randn(2, 3, 6))
    assert cam.shape == (2, 3, 3) and betas.shape == (2, 3, 10)
    eye = torch.eye(3).expand(2, 3, 24, 3, 3)
    torch.testing.assert_close(rotmat @ rotmat.mT, eye, atol=1e-5, rtol=0)


def test_a_body_may_start_upright_before_the_camera():
    head = SMPLParameterHead(6, start='upright')
    cam, rotmat, betas = head(torch.randn(50, 6))
    # Up of the body is up of the picture, and the face is towards it.
    up, front = rotmat[:, 0, :, 1], rotmat[:, 0, :, 2]
    assert (up[:, 1] < -0.95).all() and (front[:, 2] < -0.95).all()
    turned = rotmat[:, 1:].diagonal(0, -1, -2).sum(-1)
    assert (turned > 2.8).all() and (cam[:, 0] > 0.5).all()
    assert betas.abs().max() < 0.3
    with pytest.raises(ValueError, match='upright'):
        SMPLParameterHead(6, start='mean')


@torch.no_grad()
def test_places_and_angles_keep_their_precision_under_autocast():
    head = SMPLParameterHead(6, start='upright')
    feat, logits = torch.randn(20, 6).bfloat16(), torch.randn(20, 3, 9, 9)
    wanted = head(feat.float())[1], IntegralRegression()(logits)
    with torch.autocast('cpu', torch.bfloat16):
        found = head(feat)[1], IntegralRegression()(logits)
    for a, b in zip(found, wanted):
        torch.testing.assert_close(a, b)


def small_satn(relative=False, **encoder):
    encoder = dict(
        type='FrameEncoder', dim=16, num_heads=2, hidden_dim=8, **encoder)
    tcn = dict(type='TemporalConvNet', in_dim=16, dim=12)
    return MODELS.build(
        dict(
            type='SelfAttentionTemporalNet',
            encoder=encoder,
            tcn=tcn,
            relative=relative)).eval()


@pytest.mark.parametrize('projection', ['shared', 'separate'])
@pytest.mark.parametrize('frames', [1, 4, 9, 13])
def test_any_number_of_frames_one_clip_at_a_time(projection, frames):
    model, feat = small_satn(projection=projection), torch.randn(1, frames, 16)
    out = model(feat)
    assert out.shape == (1, frames, 12) and torch.equal(out, model(feat))


def test_a_frame_is_predicted_from_the_nine_around_it():
    model, feat = small_satn(), torch.randn(1, 25, 16)
    far = feat.clone()
    far[:, [7, 17]] += 1
    same = (model(feat) == model(far))[0].all(-1)
    assert same[12] and not same[11] and not same[13]
    torch.testing.assert_close(model(feat)[:, 12], model.middle(feat[:, 8:17]))


@pytest.mark.parametrize('relative', [True, False])
@pytest.mark.parametrize('projection', ['shared', 'separate'])
@pytest.mark.parametrize('encoder', [True, False])
def test_a_video_gives_what_its_windows_give_one_by_one(
        projection, encoder, relative):
    model = small_satn(relative, projection=projection)
    if not encoder:
        model.encoder = None
    feat = torch.randn(2, 14, 16)
    windows = edge_windows(feat, 9).flatten(0, 1)
    wanted = model.middle(windows).unflatten(0, (2, 14))
    torch.testing.assert_close(model(feat), wanted)


def test_ends_repeat_the_edge_frame():
    model, feat = small_satn(), torch.randn(1, 9, 16)
    padded = torch.cat([feat[:, :1].expand(-1, 4, -1), feat[:, :5]], 1)
    torch.testing.assert_close(model(feat)[:, 0], model.middle(padded))


def test_the_scale_of_the_scores_is_that_of_the_option():
    by_model = small_satn().encoder.blocks[0].attention
    by_head = small_satn(scale='head').encoder.blocks[0].attention
    assert by_model.factor == 16**-0.5 and by_head.factor == 8**-0.5


def test_codes_that_stay_do_not_tell_the_order():
    """Which frames a set has and the slots' codes are all that is seen."""
    model, feat = small_satn().encoder, torch.randn(1, 9, 16)
    perm = torch.randperm(9)
    moved = model(feat[:, perm], positions=perm[None])
    torch.testing.assert_close(moved, model(feat)[:, perm])
    stay = model(feat[:, perm])
    assert (stay - moved).abs().max() > 1e-3


def test_what_a_clips_frames_share_goes_round_attention():
    model, feat = small_satn(relative=True), torch.randn(2, 9, 16)
    shared = 5 * torch.randn(2, 1, 16)
    moved = 3 * feat + shared
    torch.testing.assert_close(
        model.encode(moved), model.encode(feat), atol=1e-4, rtol=0)
    assert (model.middle(moved) - model.middle(feat)).abs().max() > 1e-2
    still = model.encode(shared.expand(-1, 9, -1))
    torch.testing.assert_close(still[0], still[1], atol=1e-2, rtol=0)


def test_the_input_is_left_as_it_is():
    feat = torch.randn(1, 9, 16)
    before = feat.clone()
    small_satn()(feat)
    assert torch.equal(feat, before)


def test_without_an_encoder_there_is_only_the_tcn():
    model = SelfAttentionTemporalNet(
        None, dict(type='TemporalConvNet', in_dim=16, dim=12)).eval()
    clip = torch.randn(2, 9, 16)
    assert torch.equal(model.middle(clip), model.tcn(clip)[:, 0])


@pytest.mark.robustness
@pytest.mark.parametrize('options', [dict(projection='two'), dict(scale='x')])
def test_unknown_options_are_named(options):
    with pytest.raises(ValueError, match='should be one of'):
        small_satn(**options)


@pytest.mark.parametrize('criterion', ['l2', 'cross_entropy'])
def test_order_backwards_costs_the_same_clip_by_clip(criterion):
    loss = OrderRecoveryLoss(criterion=criterion)
    logits, target = torch.randn(2, 9, 9), torch.randperm(9).expand(2, 9)
    half = torch.stack([target[0], 8 - target[1]])
    torch.testing.assert_close(loss(logits, target), loss(logits, half))
    torch.testing.assert_close(
        loss(logits, target), loss(logits.flip(-1), target))


def test_the_right_order_costs_least():
    loss, target = OrderRecoveryLoss(), torch.arange(9)[None]
    right = loss.labels(target, 9).log()
    assert loss(right, target) < 1e-10 < loss(right[:, [1, 0, *range(2, 9)]],
                                              target)


@pytest.mark.parametrize('sigma', [0., 0.5, 2.])
def test_labels_are_probabilities_around_the_target(sigma):
    labels = OrderRecoveryLoss(sigma).labels(torch.arange(9), 9)
    torch.testing.assert_close(labels.sum(-1), torch.ones(9))
    assert torch.equal(labels.argmax(-1), torch.arange(9))


@pytest.mark.parametrize('shared, relative', [(0, False), (10, True)])
def test_sorting_is_learned_on_clips_that_were_not_seen(shared, relative):
    """Features that move along a line, about a place that is the clip's.

    By guessing 17 % are right in the better direction.
    """
    torch.manual_seed(0)
    model = small_satn(relative)
    head, loss = OrderHead(16, dim=32), OrderRecoveryLoss()
    direction = F.normalize(torch.randn(16), dim=0)
    params = [*model.encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(params, 3e-3)

    def batch(count):
        pace = torch.arange(9.) - 4
        clip = pace[:, None] * direction + 0.1 * torch.randn(count, 9, 16)
        clip = clip + shared * torch.randn(count, 1, 16)
        perm = torch.rand(count, 9).argsort(1)
        return clip[torch.arange(count)[:, None], perm], perm

    for _ in range(150):
        clips, perm = batch(32)
        optimizer.zero_grad()
        loss(head(model.encode(clips)), perm).backward()
        optimizer.step()
    clips, perm = batch(200)
    place = head(model.encode(clips)).argmax(-1)
    right = torch.stack([(place == t).float().mean(1)
                         for t in (perm, 8 - perm)]).amax(0).mean()
    assert right > 0.6


def test_scores_of_joints_see_their_joint_only():
    model = PoseShapeDiscriminator(joint_dim=4, pose_dim=8)
    pose, betas = torch.randn(2, 23, 3, 3), torch.randn(2, 10)
    other = pose.clone()
    other[:, 5] += 1
    changed = (model(pose, betas) != model(other, betas)).any(0)
    assert changed.nonzero().flatten().tolist() == [5, 23]
    assert model(pose, betas).shape == (2, 25)
