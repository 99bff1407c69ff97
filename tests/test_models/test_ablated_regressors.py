# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Parts that stand in for others in the tables of the paper."""
import pytest
import roma
import torch

from mmarts.body_models.kinematics import bone_lengths
from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.models.regressors import (BoneShapeFitter, FeaturePoseHead,
                                      FeatureShapeHead, FrameIK, GRURefiner,
                                      JointSpaceShapeFitter, MLPShapeFitter,
                                      MotionCentricRefiner, NoRefiner,
                                      SelfAttentionRefiner, SwingIK)
from mmarts.structures import BodyParams, get_joint_set

COCO19, SMPL24 = get_joint_set('coco19'), get_joint_set('smpl24')
FEAT = 8
SIZES = dict(feat_dim=FEAT, dim=16, fused_dim=32, hidden_dim=32)
REFINERS = dict(
    gru=lambda: GRURefiner(**SIZES),
    attention=lambda: SelfAttentionRefiner(num_heads=2, **SIZES),
    motion=lambda: MotionCentricRefiner(num_heads=2, **SIZES),
    none=NoRefiner)
POSERS = (FrameIK, FeaturePoseHead)


def awake(module):
    """Heads that start at zero would hide what reaches them."""
    for parameter in module.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return module


def random_turns(*leading):
    return roma.rotvec_to_rotmat(0.4 * torch.randn(*leading, 3))


def unit_pairs(*leading):
    return torch.nn.functional.normalize(torch.randn(*leading, 2), dim=-1)


@pytest.mark.parametrize('kind', POSERS)
@pytest.mark.parametrize('batch, frames', [(1, 1), (2, 5)])
def test_poses_are_rotations_of_any_length(free_body, kind, batch, frames):
    head = kind(free_body, feat_dim=FEAT, hidden_dim=16)
    out = head(
        torch.randn(batch, frames, 19, 3), torch.randn(batch, frames, FEAT))
    assert out.shape == (batch, frames, 24, 6)
    assert roma.is_rotation_matrix(rot6d_to_rotmat(out), epsilon=1e-4)


@pytest.mark.parametrize('kind', POSERS)
def test_frames_are_posed_one_by_one(free_body, kind):
    head = kind(free_body, feat_dim=FEAT, hidden_dim=16)
    joints, feat = torch.randn(2, 6, 19, 3), torch.randn(2, 6, FEAT)
    order = torch.tensor([3, 0, 5, 1])
    torch.testing.assert_close(
        head(joints[:, order], feat[:, order]),
        head(joints, feat)[:, order],
        atol=1e-5,
        rtol=0)


def test_the_feature_head_reads_no_skeleton(free_body):
    head, feat = FeaturePoseHead(free_body, FEAT), torch.randn(1, 3, FEAT)
    one, other = (head(torch.randn(1, 3, 19, 3), feat) for _ in range(2))
    assert torch.equal(one, other)


def world_rotations(body, local):
    """Of every joint ``(N, 24, 3, 3)``, along the tree."""
    world = [local[:, 0]]
    for joint in range(1, 24):
        world.append(world[body.parents[joint]] @ local[:, joint])
    return torch.stack(world, 1)


def test_limbs_point_at_the_joints_whatever_is_twisted(free_body):
    ik, joints = SwingIK(free_body, 'coco19'), torch.randn(30, 19, 3)
    turns = ik(joints, unit_pairs(30, len(ik.swung)),
               random_turns(30, len(ik.hidden)))
    world = world_rotations(free_body, turns)
    for (start, end), joint, rest in zip(ik.limbs, ik.swung, ik.direction):
        seen = torch.nn.functional.normalize(
            joints[:, end] - joints[:, start], dim=-1)
        torch.testing.assert_close(
            world[:, joint] @ rest, seen, atol=1e-4, rtol=0)


def test_no_twist_and_hidden_joints_at_rest_are_the_swings_alone(free_body):
    ik, joints = SwingIK(free_body, 'coco19'), torch.randn(5, 19, 3)
    still = torch.eye(3).expand(5, len(ik.hidden), 3, 3)
    none = torch.tensor([1., 0.]).expand(5, len(ik.swung), 2)
    torch.testing.assert_close(ik(joints, none, still), ik(joints))


def test_a_twist_turns_about_the_bone(free_body):
    ik, joints = SwingIK(free_body, 'coco19'), torch.randn(1, 19, 3)
    twist = torch.tensor([1., 0.]).repeat(1, len(ik.swung), 1)
    knee = ik.swung.index(SMPL24.index('left_knee')[0])
    twist[0, knee] = torch.tensor([0., 1.])
    turn = ik(joints)[0, ik.swung[knee]].T @ ik(joints, twist)[0,
                                                               ik.swung[knee]]
    torch.testing.assert_close(
        roma.rotmat_to_rotvec(turn),
        torch.pi / 2 * ik.direction[knee],
        atol=1e-4,
        rtol=0)


def test_frame_ik_learns_twists(free_body):
    """A turn about a bone is seen by nothing but the feature."""
    ik = FrameIK(free_body, feat_dim=FEAT, hidden_dim=32)
    turns = torch.eye(3).repeat(32, 24, 1, 1)
    angle = torch.linspace(-1, 1, 32)
    elbow = SMPL24.index('left_elbow')[0]
    axis = ik.swing_ik.direction[ik.swing_ik.swung.index(elbow)]
    turns[:, elbow] = roma.rotvec_to_rotmat(angle[:, None] * axis)
    joints = free_body.joints(
        BodyParams(turns[:, :1], turns[:, 1:], torch.zeros(32, 10)), 'coco19')
    joints = (joints - joints[:, [COCO19.root_index]])[None]
    feat = angle[None, :, None].expand(1, 32, FEAT)
    optimizer = torch.optim.Adam(ik.parameters(), 1e-2)
    errors = []
    for _ in range(60):
        out = rot6d_to_rotmat(ik(joints, feat))[0, :, elbow]
        loss = (out - turns[:, elbow]).square().mean()
        errors.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert errors[-1] < errors[0] / 5


def test_shape_from_features_reads_them_alone(free_body):
    head = FeatureShapeHead(free_body, FEAT, hidden_dim=16)
    feat = torch.randn(2, 7, FEAT)
    betas = head(torch.rand(2, 18), feat)
    assert betas.shape == (2, 10)
    assert torch.equal(betas, head(torch.rand(2, 18), feat))
    torch.testing.assert_close(betas, head(None, feat.flip(1)))


def test_mlp_fitter_learns_bodies_with_these_bones(free_body):

    def bones_of(betas):
        return bone_lengths(
            free_body.rest_joints(betas, 'coco19'), COCO19.bone_indices)

    fitter, betas = MLPShapeFitter(
        free_body, hidden_dim=64), torch.randn(128, 10)
    bones = bones_of(betas)
    optimizer = torch.optim.Adam(fitter.parameters(), 3e-3)
    for _ in range(150):
        loss = (bones_of(fitter(bones)) - bones).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    of_mean = (bones_of(0 * betas) - bones).square().mean()
    assert loss < of_mean / 5


@pytest.mark.parametrize('fitter', [BoneShapeFitter, JointSpaceShapeFitter])
def test_the_closed_form_is_not_trained(free_body, fitter):
    trained, fixed = fitter(free_body), fitter(free_body, trained=False)
    assert not any(p.requires_grad for p in fixed.parameters())
    bones = torch.rand(2, 18)
    torch.testing.assert_close(trained(bones), fixed(bones))


@pytest.mark.parametrize('name', REFINERS)
@pytest.mark.parametrize('batch, frames', [(1, 1), (2, 5), (1, 33)])
def test_refiners_start_as_no_refinement(name, batch, frames):
    rot6d, betas = torch.randn(batch, frames, 24, 6), torch.randn(batch, 10)
    out = REFINERS[name]()(torch.randn(batch, frames, 19, 3),
                           torch.randn(batch, frames, FEAT), rot6d, betas)
    torch.testing.assert_close(out, (rot6d, betas))


@pytest.mark.parametrize('name, reads_motion', [('gru', False),
                                                ('attention', False),
                                                ('motion', True)])
def test_refiners_fuse_frames_of_what_they_should_read(name, reads_motion):
    refiner = awake(REFINERS[name]()).eval()
    motion, feat = torch.randn(1, 6, 19, 3), torch.randn(1, 6, FEAT)
    feat.requires_grad_()
    motion.requires_grad_()
    out, _ = refiner(motion, feat, torch.zeros(1, 6, 24, 6),
                     torch.zeros(1, 10))
    # The third frame's pose hears of all the others.
    out[:, 2].square().sum().backward()
    assert feat.grad.abs().sum(-1).gt(0).all()
    assert (motion.grad is not None) == reads_motion


def blend_of(refiner, rot6d):
    """The refiner's rotations where features and heads say nothing."""
    batch, frames = rot6d.shape[:2]
    return refiner(
        torch.zeros(batch, frames, 19, 3), torch.zeros(batch, frames, FEAT),
        rot6d, torch.zeros(batch, 10))[0]


def test_what_stands_still_is_not_changed_by_blending():
    refiner = awake(MotionCentricRefiner(num_heads=2, reach=2, **SIZES))
    blend, still = refiner.blend, torch.randn(2, 1, 24, 6).expand(2, 7, 24, 6)
    torch.testing.assert_close(blend(torch.randn(2, 7, 32), still), still)


@pytest.mark.parametrize('frames', [1, 2, 3, 6])
def test_equal_weights_are_a_moving_average_within_the_window(frames):
    refiner = GRURefiner(reach=2, **SIZES)
    torch.nn.init.zeros_(refiner.blend.weights.bias)
    rot6d = torch.randn(1, frames, 24, 6)
    expected = [rot6d[:, max(t - 2, 0):t + 3].mean(1) for t in range(frames)]
    torch.testing.assert_close(
        blend_of(refiner, rot6d), torch.stack(expected, 1))


def test_each_joint_and_frame_has_weights_of_its_own():
    blend = awake(MotionCentricRefiner(num_heads=2, reach=1, **SIZES)).blend
    fused, rot6d = torch.randn(1, 5, 32), torch.zeros(1, 5, 24, 6)
    rot6d[:, 2] = 1.  # seen from the frames beside it
    shares = blend(fused, rot6d)[0, :, :, 0]
    assert shares[[0, 4]].eq(0).all()
    assert shares[1:4].gt(0).all() and shares[1:4].lt(1).all()
    assert shares[1:4].std(0).gt(1e-4).all()
    assert shares[1:4].std(1).gt(1e-4).all()


def test_blending_is_learned_where_frames_shake():
    """Shaking is told by the feature; only there frames are averaged."""
    torch.manual_seed(0)
    blend = GRURefiner(reach=2, **SIZES).blend
    optimizer = torch.optim.Adam(blend.parameters(), 0.05)
    curve = torch.linspace(0, 3, 9)[:, None, None].square()
    truth = torch.randn(64, 1, 24, 6) + curve
    shakes = torch.arange(64) % 2 == 0
    fused = torch.zeros(64, 9, 32)
    fused[shakes] = 1
    noisy = truth + torch.randn_like(truth) * fused[..., :1, None]
    for _ in range(60):
        loss = (blend(fused, noisy) - truth)[:, 2:-2].square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    error = (blend(fused, noisy) - truth)[:, 2:-2].square().mean((1, 2, 3))
    assert error[shakes].mean() < 0.3 * (noisy - truth)[shakes].square().mean()
    assert error[~shakes].mean() < 0.01


def test_the_papers_heads_have_no_blending():
    names = MotionCentricRefiner(num_heads=2, **SIZES).state_dict()
    assert not any('blend' in name for name in names)


@pytest.mark.parametrize('prefix', ['', 'refiner.'])
def test_weights_without_blending_load_as_they_were(prefix):
    old = awake(MotionCentricRefiner(num_heads=2, **SIZES)).eval()
    new = MotionCentricRefiner(num_heads=2, reach=2, **SIZES).eval()
    state = {prefix + k: v for k, v in old.state_dict().items()}
    new.convert_old(state, prefix)
    new.load_state_dict({k.removeprefix(prefix): v for k, v in state.items()})
    args = (torch.randn(2, 6, 19, 3), torch.randn(2, 6, FEAT),
            torch.randn(2, 6, 24, 6), torch.randn(2, 10))
    torch.testing.assert_close(new(*args), old(*args))
    new.load_state_dict(old.state_dict())
    torch.testing.assert_close(new(*args), old(*args))


def test_a_files_missing_refiner_stays_missing():
    refiner = MotionCentricRefiner(num_heads=2, reach=2, **SIZES)
    missing = refiner.load_state_dict({}, strict=False).missing_keys
    assert set(missing) == set(refiner.state_dict())


def test_blending_is_as_precise_in_half_precision():
    blend = MotionCentricRefiner(num_heads=2, reach=2, **SIZES).blend
    fused, still = torch.randn(1, 4, 32), torch.randn(1, 1, 24, 6)
    with torch.autocast('cpu', torch.bfloat16):
        out = blend(fused, still.expand(1, 4, 24, 6))
    torch.testing.assert_close(out, still.expand(1, 4, 24, 6))
