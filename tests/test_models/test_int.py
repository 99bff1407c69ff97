# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from mmengine.registry import init_default_scope

from mmarts.models.layers import StandardizedConv2d
from mmarts.models.projections import CropPerspective, WeakPerspective
from mmarts.models.tokens import TokenCache
from mmarts.registry import MODELS
from mmarts.structures import MeshDataSample

DIM, JOINTS, SIDE = 48, 24, 32


def tokens_config(kind='TokenViT', **cnn):
    cnn = dict(
        dict(
            type='HybridResNet',
            stem_dim=8,
            stage_dims=(8, 16, 16),
            depths=(1, 1, 1),
            groups=2), **cnn)
    return dict(
        type=kind, cnn=cnn, dim=DIM, depth=1, num_heads=4, image_size=SIDE)


def build(config):
    init_default_scope('mmarts')
    torch.manual_seed(0)
    return MODELS.build(config).eval()


def make_int(**changes):
    return build(
        dict(
            dict(
                type='INT',
                body_model=dict(type='FreeBody'),
                joint_set='coco19',
                num_frames=4,
                tokens=tokens_config(),
                temporal=dict(
                    type='TokenTemporal',
                    dim=DIM,
                    depth=1,
                    num_heads=4,
                    num_frames=4),
                heads=dict(type='TokenHeads', dim=DIM),
                projection=dict(type='WeakPerspective'),
                losses={
                    name: dict(type='MaskedMSELoss')
                    for name in ('joint', 'keypoints2d', 'velocity', 'pose',
                                 'shape')
                } | dict(norm=dict(type='FrameNormLoss'))), **changes))


@pytest.fixture
def image():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 4, 3, SIDE, SIDE, generator=generator)


def test_weights_of_a_filter_may_be_scaled_and_shifted():
    conv = StandardizedConv2d(3, 4, 3, 2).double()
    x = torch.randn(1, 3, 7, 7, dtype=torch.float64)
    learning = conv(x)
    with torch.no_grad():
        torch.testing.assert_close(conv(x), learning)
        conv.weight.mul_(3.).add_(0.5)
        # The epsilon is over another deviation now.
        torch.testing.assert_close(conv(x), learning, atol=1e-3, rtol=0)
        conv.weight[0].neg_()
        assert (conv(x) - learning)[:, 0].abs().max() > 0.1
    assert learning.shape == (1, 4, 4, 4)


@torch.no_grad()
def test_frames_of_the_base_model_are_independent(image):
    model = build(tokens_config())
    together, alone = model(image), model(image[:, 2:3])
    for a, b in zip(together, alone):
        torch.testing.assert_close(a[:, 2:3], b, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_patches_need_no_last_update(image):
    model = build(tokens_config())
    quick = model(image)
    model.updates_all = True
    for a, b in zip(quick, model(image)):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_frame_is_looked_at_once(image):
    model = build(tokens_config())
    seen = []
    model.cnn.register_forward_pre_hook(
        lambda module, args: seen.append(len(args[0])))
    cache = TokenCache(model, max_frames=4)
    first = cache(image[:1, :3], 'abc')
    second = cache(image[:1, 1:], 'bcd')
    assert seen == [3, 1]
    whole = model(image[:1])
    for a, b, c in zip(first, second, whole):
        torch.testing.assert_close(a, c[:, :3], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(b, c[:, 1:], atol=1e-5, rtol=1e-4)
    # Only the latest frames are kept.
    cache(image[:1, :1], 'e')
    cache(image[:1, :1], 'a')
    assert seen[3:] == [1, 1]


def test_frames_that_meet_cannot_be_kept():
    with pytest.raises(TypeError, match='SpaceTimeTokenViT'):
        TokenCache(build(tokens_config('SpaceTimeTokenViT')))


@torch.no_grad()
def test_space_time_blocks_see_other_frames_of_their_clip_only(image):
    model = build(tokens_config('SpaceTimeTokenViT'))
    before = model(image)[0]
    changed = image.clone()
    changed[0, 3] = -changed[0, 3]
    after = model(changed)[0]
    assert (after[0, 0] - before[0, 0]).abs().max() > 1e-5
    torch.testing.assert_close(after[1], before[1], atol=1e-5, rtol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize('size', [(32, 32), (48, 64)])
def test_pictures_of_other_sizes_pass(size):
    joints, shape, camera = build(tokens_config())(torch.randn(1, 2, 3, *size))
    assert joints.shape == (1, 2, JOINTS, DIM)
    assert shape.shape == camera.shape == (1, 2, DIM)


@torch.no_grad()
@pytest.mark.parametrize('kind, crosses', [('TokenTemporal', False),
                                           ('WholePoseTemporal', True)])
def test_who_sees_another_joint(kind, crosses):
    model = build(dict(type=kind, dim=DIM, depth=1, num_heads=4, num_frames=4))
    tokens = torch.randn(1, 4, JOINTS, DIM)
    changed = tokens.clone()
    changed[:, 0, 5] *= -1
    moved = (model(changed) - model(tokens)).abs().amax((0, 3)) > 1e-6
    # Its other frames hear of it in any case.
    assert moved[:, 5].all()
    assert moved[3, 6] == crosses


def test_an_added_whole_pose_begins_with_the_tokens_and_learns():
    model = build(
        dict(
            type='WholePoseTemporal',
            dim=DIM,
            pose_dim=2 * JOINTS,
            added=True,
            depth=1,
            num_heads=4,
            num_frames=4))
    tokens = torch.randn(1, 4, JOINTS, DIM)
    out = model(tokens)
    torch.testing.assert_close(out, tokens, rtol=0, atol=0)
    out.square().sum().backward()
    assert model.widen.weight.grad.abs().sum() > 0
    with torch.no_grad():
        model.widen.weight.fill_(0.1)
        changed = tokens.clone()
        changed[:, 0, 5] *= -1
        moved = (model(changed) - model(tokens)).abs().amax((0, 3)) > 1e-6
    assert moved.all()


@pytest.mark.parametrize('embedded', [0, 4])
@pytest.mark.parametrize('length', [1, 4, 7])
def test_clips_of_any_length_leave_the_embedding(embedded, length):
    model = build(
        dict(
            type='TokenTemporal',
            dim=DIM,
            depth=1,
            num_heads=4,
            num_frames=embedded))
    parameters = dict(model.named_parameters())
    out = model(torch.randn(2, length, JOINTS, DIM))
    assert out.shape == (2, length, JOINTS, DIM)
    out.square().sum().backward()
    assert parameters.keys() == dict(model.named_parameters()).keys()
    if embedded:
        assert model.position.embedding.shape == (embedded, DIM)
        assert model.position.embedding.grad.abs().sum() > 0


def test_both_projections_agree_far_away():
    joints = torch.randn(2, 3, 5, 3, dtype=torch.float64) / 3
    cam = torch.tensor([0.9, 0.1, -0.2], dtype=torch.float64).expand(2, 3, 3)
    weak = WeakPerspective()(joints, cam)
    strong = CropPerspective(focal_length=1e9)(joints, cam)
    torch.testing.assert_close(strong, weak, atol=1e-6, rtol=0)


def target(model):
    body = model.body_model
    eye = torch.eye(3)
    shapes = dict(
        joints3d_rel=torch.zeros(4, 19, 3),
        keypoints2d_crop=torch.zeros(4, 19, 2),
        global_orient=eye.expand(4, 1, 3, 3),
        body_pose=eye.expand(4, JOINTS - 1, 3, 3),
        betas=torch.zeros(4, body.num_betas))
    sample = MeshDataSample()
    for name, value in shapes.items():
        axes = 2 if value.shape[1] == 19 else 1
        sample.set_field(value, name)
        sample.set_field(
            torch.ones(value.shape[:axes], dtype=torch.bool), f'{name}_valid')
    return sample


def test_every_part_learns(image):
    model = make_int().train()
    losses = model(
        dict(image=image), [target(model), target(model)], mode='loss')
    assert losses.keys() == {f'loss_{name}' for name in model.losses}
    sum(losses.values()).backward()
    still = [k for k, p in model.named_parameters() if p.grad is None]
    assert not still


@torch.no_grad()
def test_without_time_a_clip_is_its_stills(image):
    model = make_int(temporal=None)
    clip, still = (
        model.outputs(dict(image=x)) for x in (image, image[:, 1:2]))
    for name in clip:
        torch.testing.assert_close(
            clip[name][:, 1:2], still[name], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_kept_tokens_stand_for_pictures(image):
    model = make_int()
    kept = model.tokens.packed(image.flatten(0, 1)).unflatten(0, (2, 4))
    seen, read = (model.outputs({name: x})
                  for name, x in dict(image=image, feat=kept).items())
    for name in seen:
        torch.testing.assert_close(read[name], seen[name])
    with pytest.raises(ValueError, match='26 x 48 numbers a frame'):
        model.outputs(dict(feat=kept[..., 1:]))


@torch.no_grad()
def test_a_new_network_sees_persons_upright_and_large(image):
    """Scales of 0 and below are where training gets stuck."""
    cam = make_int().outputs(dict(image=image))['cam']
    assert (cam[..., 0] > 0.5).all() and cam[..., 1:].abs().max() < 0.5


@torch.no_grad()
def test_predictions_show_in_the_picture_what_the_crop_shows(image):
    """A crop that is the whole picture, seen by the long lens."""
    focal, size = 1e6, 200.
    model = make_int(projection=dict(type='WeakPerspective'))
    model.heads.camera.bias.copy_(torch.tensor([0.9, 0., 0.]))
    K = torch.tensor([[focal, 0, size / 2], [0, focal, size / 2],
                      [0, 0, 1.]]).expand(2, 3, 3)
    inputs = dict(
        image=image,
        K=K,
        box_centre=torch.full((2, 4, 2), size / 2),
        box_size=torch.full((2, 4), size))
    samples = model(inputs, mode='predict')
    crop = model.outputs(inputs)['keypoints2d_crop']
    joints = torch.stack([s.get('pred_joints3d') for s in samples]).double()
    seen = focal * joints[..., :2] / joints[..., 2:] / (size / 2)
    torch.testing.assert_close(seen.float(), crop, atol=1e-3, rtol=0)


@pytest.mark.robustness
def test_inputs_without_pictures_are_an_error():
    with pytest.raises(KeyError, match=r"inputs\['image'\]"):
        make_int()(dict(keypoints2d=torch.zeros(1, 4, 19, 2)))
    with pytest.raises(ValueError, match='TokenViT expects'):
        make_int()(dict(image=torch.zeros(1, 3, 8, 8)))


def still(model):
    sample = target(model)
    short = MeshDataSample()
    for key in sample.keys():
        short.set_field(sample.get(key)[:1], key)
    return short


@pytest.mark.parametrize('merge', ['pooled', 'weighted-by-frames'])
def test_clips_and_stills_learn_together(image, merge):
    model = make_int(merge=merge).train()
    losses = model(
        [dict(image=image), dict(image=image[:, :1])],
        [[target(model), target(model)], [still(model),
                                          still(model)]],
        mode='loss')
    total = sum(losses.values())
    assert total.isfinite() and total > 0
    total.backward()
    assert model.temporal.position.embedding.grad.abs().sum() > 0


def test_a_target_that_a_sample_lacks_adds_nothing(image):
    model = make_int().train()
    whole = target(model)
    flat = MeshDataSample()
    flat.set_target('keypoints2d_crop', whole.keypoints2d_crop + 1)
    alone = model(dict(image=image[:1]), [whole], mode='loss')
    both = model(dict(image=image), [whole, flat], mode='loss')
    for name in ('loss_joint', 'loss_velocity', 'loss_pose', 'loss_shape'):
        torch.testing.assert_close(both[name], alone[name])
    assert (both['loss_keypoints2d'] - alone['loss_keypoints2d']).abs() > 1e-4


def test_the_origin_of_the_losses_can_be_the_hips(image):
    near, far = make_int(), make_int(loss_root=('L_Hip', 'R_Hip'))
    samples = [target(near), target(near)]
    value, other = (
        model(dict(image=image), samples, mode='loss')['loss_joint']
        for model in (near, far))
    # COCO-19's pelvis is the middle of its hips: the same origin.
    torch.testing.assert_close(value, other)
    knee = make_int(loss_root=('L_Knee', ))
    value = knee(dict(image=image), samples, mode='loss')['loss_joint']
    assert (value - other).abs() > 1e-3


@pytest.mark.robustness
def test_an_unknown_rule_is_an_error():
    with pytest.raises(ValueError, match='`merge` should be one of'):
        make_int(merge='mean')
