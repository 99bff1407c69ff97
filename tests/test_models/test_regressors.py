# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import roma
import torch
from mmengine.runner.checkpoint import load_state_dict

from mmarts.body_models.kinematics import bone_lengths
from mmarts.geometry.rotation import identity_rot6d, rot6d_to_rotmat
from mmarts.models.regressors import (BoneShapeFitter, CameraSolver,
                                      JointSpaceShapeFitter,
                                      MotionCentricRefiner, TemporalIK,
                                      WeakCameraHead)
from mmarts.models.regressors.bone_shape_fitter import BoneAlignment
from mmarts.models.regressors.swing_ik import SwingIK, torso_rotation
from mmarts.structures import BodyParams, get_joint_set

COCO19 = get_joint_set('coco19')
SMPL24 = get_joint_set('smpl24')
SMPL24_LIMBS = [
    f'{side}_{joint}' for side in ('left', 'right')
    for joint in ('shoulder', 'elbow', 'hip', 'knee')
]
TORSO = COCO19.index('L_Hip', 'R_Hip', 'Pelvis', 'Neck')
FITTERS = [BoneShapeFitter, JointSpaceShapeFitter]


def make_ik(body, **kwargs):
    return TemporalIK(
        body, feat_dim=8, hidden_dim=32, dim=16, num_heads=2, **kwargs).eval()


def skeletons(body, *leading):
    """Rest skeletons of random shape, a little bent, root at the origin."""
    joints = body.rest_joints(torch.randn(*leading, body.num_betas), 'coco19')
    joints = joints + 0.02 * torch.randn_like(joints)
    return joints - joints[..., [COCO19.root_index], :]


@pytest.mark.parametrize('analytic_swing', [True, False])
@pytest.mark.parametrize('batch, frames', [(1, 1), (2, 5), (1, 16), (1, 33)])
def test_ik_any_length(free_body, batch, frames, analytic_swing):
    ik = make_ik(free_body, analytic_swing=analytic_swing)
    out = ik(torch.randn(batch, frames, 19, 3), torch.randn(batch, frames, 8))
    assert out.shape == (batch, frames, 24, 6)
    assert roma.is_rotation_matrix(rot6d_to_rotmat(out), epsilon=1e-4)


@pytest.mark.parametrize('analytic_swing', [True, False])
def test_ik_windows_of_a_batch_do_not_meet(free_body, analytic_swing):
    ik = make_ik(free_body, analytic_swing=analytic_swing)
    joints, feat = torch.randn(4, 16, 19, 3), torch.randn(4, 16, 8)
    single = [ik(joints[i:i + 1], feat[i:i + 1]) for i in range(4)]
    torch.testing.assert_close(
        ik(joints, feat), torch.cat(single), atol=1e-5, rtol=0)


def test_ik_twist_is_a_unit_pair_from_the_feature_alone(free_body):
    ik, feat = make_ik(free_body), torch.randn(2, 3, 8)
    twists = [
        ik.swing_and_twist(torch.randn(2, 3, 19, 3), feat)[1] for _ in range(2)
    ]
    torch.testing.assert_close(twists[0], twists[1])
    torch.testing.assert_close(twists[0].norm(dim=-1), torch.ones(2, 3, 23))


def test_analytic_swing_turns_the_root_with_the_skeleton(free_body):
    ik = make_ik(free_body, analytic_swing=True)
    joints, feat = skeletons(free_body, 2, 16), torch.randn(2, 16, 8)
    turn = roma.random_rotmat()
    still = rot6d_to_rotmat(ik(joints, feat))
    turned = rot6d_to_rotmat(ik(joints @ turn.T, feat))
    # Up to the millimetre that guards collapsed skeletons.
    torch.testing.assert_close(
        turned[:, :, 0], turn @ still[:, :, 0], atol=0.05, rtol=0)
    torch.testing.assert_close(
        turned[:, :, 1:], still[:, :, 1:], atol=0.05, rtol=0)


LIMBS = [(f'{side}_{start}', f'{side}_{end}') for side in 'LR'
         for start, end in (('Shoulder', 'Elbow'), ('Elbow', 'Wrist'),
                            ('Hip', 'Knee'), ('Knee', 'Ankle'))]


def limb_directions(joints):
    """Unit vectors ``(..., 8, 3)`` along arms and legs."""
    start, end = (COCO19.index(*names) for names in zip(*LIMBS))
    return torch.nn.functional.normalize(
        joints[..., end, :] - joints[..., start, :], dim=-1)


def posed(body, turns):
    """COCO-19 of the mean body under rotations ``(N, 24, 3, 3)``."""
    return body.joints(
        BodyParams(turns[:, :1], turns[:, 1:], torch.zeros(len(turns), 10)),
        'coco19')


def test_swings_point_the_limbs_where_the_joints_are(free_body):
    ik = SwingIK(free_body, 'coco19')
    rotvec = torch.zeros(50, 24, 3)
    rotvec[:, SMPL24.index(*SMPL24_LIMBS)] = 0.8 * torch.randn(50, 8, 3)
    turns = roma.rotvec_to_rotmat(rotvec)
    turns[:, 0] = roma.random_rotmat(50)
    seen = posed(free_body, turns)
    made = posed(free_body, ik(seen))
    cosine = (limb_directions(made) * limb_directions(seen)).sum(-1)
    angle = cosine.clamp(-1, 1).acos().rad2deg()
    # COCO joints lie on the skin: a posed one is not where a stick's is.
    assert angle.median() < 5 and angle.quantile(0.95) < 15


def test_a_body_at_rest_has_no_swing(free_body):
    rest = free_body.rest_joints(torch.zeros(1, 10), 'coco19')
    angle = roma.rotmat_to_rotvec(SwingIK(free_body,
                                          'coco19')(rest)).norm(dim=-1)
    assert angle.rad2deg().max() < 10


def test_swings_of_limbs_do_not_change_with_the_heading(free_body):
    ik, joints = SwingIK(free_body, 'coco19'), skeletons(free_body, 20)
    turn = roma.random_rotmat(20)
    still, turned = ik(joints), ik(joints @ turn.mT)
    error = roma.rotmat_geodesic_distance(turned[:, 1:], still[:, 1:])
    assert error.rad2deg().max() < 3
    root = roma.rotmat_geodesic_distance(turned[:, 0], turn @ still[:, 0])
    assert root.rad2deg().max() < 1.5


@pytest.mark.robustness
def test_swings_of_opposite_and_missing_bones_are_rotations(free_body):
    ik = SwingIK(free_body, 'coco19')
    rest = free_body.rest_joints(torch.zeros(1, 10), 'coco19')
    for joints in (torch.zeros(1, 19,
                               3), -rest, rest * torch.tensor([1., -1., 1.])):
        assert roma.is_rotation_matrix(ik(joints), epsilon=1e-4)


def test_torso_of_a_body_at_rest_is_hardly_turned(free_body):
    joints = free_body.rest_joints(torch.randn(32, 10), 'coco19')
    angle = roma.rotmat_geodesic_distance(
        torso_rotation(joints, *TORSO),
        torch.eye(3).expand(32, 3, 3))
    assert angle.rad2deg().max() < 10


def test_torso_turns_with_the_skeleton(free_body):
    joints, turn = skeletons(free_body, 32), roma.random_rotmat(32)
    still = torso_rotation(joints, *TORSO)
    turned = torso_rotation(joints @ turn.mT, *TORSO)
    assert roma.is_rotation_matrix(turned, epsilon=1e-5)
    error = roma.rotmat_geodesic_distance(turned, turn @ still)
    assert error.rad2deg().max() < 1.5


@pytest.mark.robustness
def test_a_collapsed_skeleton_has_a_torso_and_a_finite_gradient():
    joints = torch.zeros(2, 19, 3, requires_grad=True)
    torso = torso_rotation(joints, *TORSO)
    assert roma.is_rotation_matrix(torso, epsilon=1e-5)
    torso.sum().backward()
    assert joints.grad.isfinite().all()


def test_aligned_bones_are_as_long_as_asked_and_keep_directions(free_body):
    align, bones = BoneAlignment(free_body, 'coco19'), COCO19.bone_indices
    lengths = 0.05 + torch.rand(6, len(bones))
    aligned = align(lengths)
    torch.testing.assert_close(bone_lengths(aligned, bones), lengths)
    mean = free_body.rest_joints(torch.zeros(10), 'coco19')
    for joints in aligned:
        for parent, child in bones:
            cosine = torch.cosine_similarity(
                joints[child] - joints[parent],
                mean[child] - mean[parent],
                dim=0)
            assert cosine > 1 - 1e-5


def test_mean_bones_give_the_mean_skeleton(free_body):
    mean = free_body.rest_joints(torch.zeros(10), 'coco19')
    lengths = bone_lengths(mean, COCO19.bone_indices)
    torch.testing.assert_close(
        BoneAlignment(free_body, 'coco19')(lengths), mean, atol=1e-5, rtol=0)


def fit(fitter, body, betas):
    """Betas found from the bone lengths of known ones; lengths of both."""
    bones = COCO19.bone_indices
    with torch.no_grad():
        lengths = bone_lengths(body.rest_joints(betas, 'coco19'), bones)
        found = fitter(lengths)
        again = bone_lengths(body.rest_joints(found, 'coco19'), bones)
    return found, lengths, again


def test_joint_space_fitter_maps_mean_bones_to_mean_shape(free_body):
    fitter = JointSpaceShapeFitter(free_body)
    found, _, _ = fit(fitter, free_body, torch.zeros(1, 10))
    assert found.abs().max() < 1e-3


def test_joint_space_fitter_recovers_bone_lengths(free_body):
    betas = torch.randn(500, 10)
    found, lengths, again = fit(
        JointSpaceShapeFitter(free_body), free_body, betas)
    error = (again - lengths).abs()
    mean = bone_lengths(
        free_body.rest_joints(torch.zeros(10), 'coco19'), COCO19.bone_indices)
    assert error.mean() < 0.003  # metres
    # Far better than taking the mean body.
    assert error.mean() < 0.25 * (lengths - mean).abs().mean()


def test_units_change_how_a_fitter_learns_not_what_it_says(free_body):
    """Adam's first step is as large for every weight: seen in joints that
    differ by centimetres, it must do more to the shape."""
    lengths = torch.rand(64, 18) * 0.01 + 0.2
    given, moved = [], []
    for unit in (1.0, 0.02):
        fitter = JointSpaceShapeFitter(free_body, unit=unit)
        given.append(fitter(lengths))
        optimizer = torch.optim.Adam([fitter.to_betas.weight], lr=1e-3)
        given[-1].square().mean().backward()
        optimizer.step()
        moved.append((fitter(lengths) - given[-1]).abs().mean())
    assert torch.allclose(*given, atol=1e-4)
    assert moved[1] > 10 * moved[0]


def test_files_from_before_units_still_fit(free_body):
    """They hold weights for metres, under another name."""
    lengths = torch.rand(8, 18) * 0.05 + 0.2
    old = JointSpaceShapeFitter(free_body, unit=1.0)
    torch.nn.init.normal_(old.to_betas.weight)
    content = {
        key.replace('to_betas', 'linear'): value
        for key, value in old.state_dict().items()
    }
    kept = dict(content)
    for load in (torch.nn.Module.load_state_dict, load_state_dict):
        new = JointSpaceShapeFitter(free_body)
        load(new, content, strict=True)
        torch.testing.assert_close(new(lengths), old(lengths))
    assert content.keys() == kept.keys()


@pytest.mark.parametrize('fitter', FITTERS)
def test_fitters_are_trained(free_body, fitter):
    module = fitter(free_body)
    module(torch.rand(2, 18)).square().sum().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize('fitter', FITTERS)
def test_fitters_keep_no_body(free_body, fitter):
    names = list(fitter(free_body).state_dict())
    assert all(n.endswith(('weight', 'bias')) for n in names)


@pytest.mark.parametrize('batch, frames', [(1, 1), (2, 5), (1, 33)])
def test_refinement_starts_as_no_refinement(batch, frames):
    refiner = MotionCentricRefiner(
        feat_dim=8, dim=16, num_heads=2, fused_dim=32, hidden_dim=32)
    rot6d = torch.randn(batch, frames, 24, 6)
    betas = torch.randn(batch, 10)
    out = refiner(
        torch.randn(batch, frames, 19, 3), torch.randn(batch, frames, 8),
        rot6d, betas)
    torch.testing.assert_close(out[0], rot6d)
    torch.testing.assert_close(out[1], betas)


def test_refiner_learns_from_motion_and_feature():
    refiner = MotionCentricRefiner(
        feat_dim=8, dim=16, num_heads=2, fused_dim=32, hidden_dim=32)
    for head in (refiner.pose_head, refiner.shape_head):
        torch.nn.init.normal_(head[-1].weight)
    motion = torch.randn(2, 4, 19, 3, requires_grad=True)
    feat = torch.randn(2, 4, 8, requires_grad=True)
    rot6d, betas = refiner(motion, feat,
                           identity_rot6d(24).expand(2, 4, 24, 6),
                           torch.zeros(2, 10))
    (rot6d.square().sum() + betas.square().sum()).backward()
    assert motion.grad.abs().sum() > 0 and feat.grad.abs().sum() > 0


def camera_arguments(body, batch=2, frames=5):
    """Posed joints, feature, and inputs as a camera at ``transl`` sees."""
    joints = skeletons(body, batch, frames) * torch.tensor([1., -1., -1.])
    transl = torch.randn(batch, frames, 3) * 0.3 + torch.tensor([0, 0, 5.])
    K = torch.tensor([[900., 0, 500], [0, 900, 400], [0, 0, 1]])
    points = (joints + transl[:, :, None]) @ K.T
    inputs = dict(
        keypoints2d=points[..., :2] / points[..., 2:],
        keypoints2d_score=torch.ones(batch, frames, 19),
        K=K.expand(batch, 3, 3))
    return joints, torch.randn(batch, frames, 8), inputs, transl


def test_solver_finds_the_place_exactly(free_body):
    joints, feat, inputs, transl = camera_arguments(free_body)
    torch.testing.assert_close(
        CameraSolver()(joints, feat, inputs), transl, atol=1e-2, rtol=0)


def test_solver_takes_no_notice_of_missed_keypoints(free_body):
    joints, feat, inputs, transl = camera_arguments(free_body)
    inputs['keypoints2d'][..., :5, :] += 500
    inputs['keypoints2d_score'][..., :5] = 0
    torch.testing.assert_close(
        CameraSolver()(joints, feat, inputs), transl, atol=1e-2, rtol=0)


@pytest.mark.parametrize(
    'camera', [CameraSolver(), WeakCameraHead(feat_dim=8)])
@pytest.mark.parametrize('batch, frames', [(1, 1), (2, 5)])
def test_cameras_have_one_interface(free_body, camera, batch, frames):
    joints, feat, inputs, _ = camera_arguments(free_body, batch, frames)
    transl = camera(joints, feat, inputs)
    assert transl.shape == (batch, frames, 3)
    assert transl.isfinite().all()


def test_weak_camera_starts_in_the_box(free_body):
    joints, feat, inputs, transl = camera_arguments(free_body)
    head = WeakCameraHead(feat_dim=8)
    torch.nn.init.zeros_(head.mlp[-1].weight)
    torch.nn.init.zeros_(head.mlp[-1].bias)
    placed = head(joints, feat, inputs)
    # On the line of sight, at about the distance of a person of that size.
    torch.testing.assert_close(
        placed[..., :2], transl[..., :2], atol=0.6, rtol=0)
    ratio = placed[..., 2] / transl[..., 2]
    assert (ratio > 0.6).all() and (ratio < 1.7).all()
