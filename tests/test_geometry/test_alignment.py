# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import time

import numpy as np
import pytest
import roma
import torch
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.transform import Rotation

from mmarts.geometry.alignment import procrustes_align, root_centre


def poses(*shape, seed=0, dtype=torch.float64):
    rng = torch.Generator().manual_seed(seed)
    return 0.3 * torch.randn(*shape, 3, generator=rng, dtype=dtype)


def reference(source, target, scale=True):
    """Umeyama's solution for one pose, NumPy float64."""
    x, y = source - source.mean(0), target - target.mean(0)
    u, d, vt = np.linalg.svd(y.T @ x)
    sign = np.array([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    factor = (d * sign).sum() / (x**2).sum() if scale else 1
    return factor * x @ (u * sign @ vt).T + target.mean(0)


def residual(source, target, **kwargs):
    moved = procrustes_align(source, target, **kwargs)
    return (moved - target).norm(dim=-1).mean(-1)


def turn():
    return roma.random_rotmat(dtype=torch.float64)


def line(*direction):
    return torch.linspace(
        -1, 1, 14)[:, None].double() * torch.tensor(direction).double()


def test_root_centre_moves_one_joint_or_a_midpoint_to_the_origin():
    points = poses(2, 5, 17)
    torch.testing.assert_close(
        root_centre(points, 3)[..., 3, :],
        torch.zeros(2, 5, 3).double())
    midpoint = root_centre(points, [2, 3])[..., 2:4, :].mean(-2)
    torch.testing.assert_close(midpoint, torch.zeros_like(midpoint))
    torch.testing.assert_close(
        root_centre(points + 4., 3), root_centre(points, 3))


@pytest.mark.parametrize('scale', [True, False])
def test_equals_a_float64_loop(scale):
    source, target = poses(200, 14), poses(200, 14, seed=1)
    target[::2] = target[::2] * 0.1 + 1.3 * source[::2]
    target[::5, :, 0] *= -1  # best orthogonal map is a reflection
    moved = procrustes_align(source, target, scale=scale).numpy()
    loop = np.stack([
        reference(s, t, scale) for s, t in zip(source.numpy(), target.numpy())
    ])
    assert np.abs(moved - loop).max() < 1e-9 / 3  # 1e-6 mm, in metres


def test_agrees_with_scipy():
    source, target = poses(14), poses(14, seed=1) + 2 * poses(14)
    rotation, _ = Rotation.align_vectors((target - target.mean(0)).numpy(),
                                         (source - source.mean(0)).numpy())
    expected = rotation.apply(
        (source - source.mean(0)).numpy()) + target.mean(0).numpy()
    np.testing.assert_allclose(
        procrustes_align(source, target, scale=False), expected, atol=1e-12)
    # SciPy's procrustes normalises the target and allows reflections, of
    # which this pair needs none.
    _, _, disparity = scipy_procrustes(target.numpy(), source.numpy())
    moved = procrustes_align(source, target)
    spread = (target - target.mean(0)).square().sum()
    torch.testing.assert_close((moved - target).square().sum() / spread,
                               torch.tensor(disparity).double())


@pytest.mark.parametrize('scale', [0.5, 1.0, 2.0])
def test_undoes_a_similarity(scale):
    pose = poses(4, 17)
    turns = roma.random_rotmat(4, dtype=torch.float64)
    moved = scale * pose @ turns.mT + poses(4, 1)
    torch.testing.assert_close(procrustes_align(moved, pose), pose)


@pytest.mark.robustness
def test_a_mirrored_pose_keeps_its_error():
    pose = poses(20, 14)
    mirrored = pose * torch.tensor([-1., 1., 1.])
    error = residual(mirrored, pose)
    loop = np.stack(
        [reference(m, p) for m, p in zip(mirrored.numpy(), pose.numpy())])
    assert (error > 0.02).all()
    np.testing.assert_allclose(
        error,
        np.linalg.norm(loop - pose.numpy(), axis=-1).mean(-1),
        atol=1e-12)
    # Unless a mirror is allowed.
    torch.testing.assert_close(
        procrustes_align(mirrored, pose, mirror=True),
        pose,
        atol=1e-12,
        rtol=0)


@pytest.mark.robustness
def test_all_points_equal():
    pose, point = poses(14), torch.full((14, 3), 5.1).double()
    centroid = pose.mean(0).expand(14, 3)
    torch.testing.assert_close(procrustes_align(point, pose), centroid)
    torch.testing.assert_close(procrustes_align(pose, point), point)
    torch.testing.assert_close(procrustes_align(point, point + 1), point + 1)
    float32 = procrustes_align(point.float(), pose.float())
    torch.testing.assert_close(float32, centroid.float())


@pytest.mark.robustness
def test_collinear_points():
    pose, straight = poses(14), line(.1, .2, .3)
    turned = 2 * straight @ turn().mT + 1
    assert residual(straight, turned) < 1e-12
    for source, target in ((straight, pose), (pose, straight)):
        expected = reference(source.numpy(), target.numpy())
        expected = np.linalg.norm(expected - target.numpy(), axis=-1).mean()
        assert residual(source, target).item() == pytest.approx(expected)


@pytest.mark.robustness
def test_planar_points_and_their_mirror_image():
    flat = poses(14) * torch.tensor([1., 1., 0.])
    turned = flat @ turn().mT
    assert residual(flat, turned) < 1e-12
    # In a plane a mirror image is a half turn.
    assert residual(flat * torch.tensor([-1., 1., 1.]), flat) < 1e-12


@pytest.mark.robustness
@pytest.mark.parametrize('num_valid', [0, 1, 2])
def test_few_valid_joints(num_valid):
    source, target = poses(14), poses(14, seed=1)
    valid = torch.arange(14) < num_valid
    target[~valid] = torch.nan
    moved = procrustes_align(source, target, valid)
    assert moved.isfinite().all()
    torch.testing.assert_close(moved[valid], target[valid])
    if num_valid == 0:
        torch.testing.assert_close(moved, source)


def test_masked_joints_have_no_say():
    source, target = poses(6, 14), poses(6, 14, seed=1)
    valid = torch.rand(6, 14) > 0.3
    moved = procrustes_align(source, target.where(valid[..., None], 1e9),
                             valid)
    for i in range(6):
        torch.testing.assert_close(
            moved[i, valid[i]],
            procrustes_align(source[i, valid[i]], target[i, valid[i]]))


def test_integer_weights_are_repeated_points():
    source, target = poses(5), poses(5, seed=1)
    counts = torch.tensor([1, 3, 2, 1, 4])
    moved = procrustes_align(source, target, 0.7 * counts)
    repeated = procrustes_align(
        source.repeat_interleave(counts, 0),
        target.repeat_interleave(counts, 0))
    torch.testing.assert_close(moved.repeat_interleave(counts, 0), repeated)


@pytest.mark.robustness
def test_nan_stays_in_its_own_pose():
    source, target = poses(3, 14), poses(3, 14, seed=1)
    source[1, 4] = torch.nan
    moved = procrustes_align(source, target)
    assert moved[1].isnan().all()
    torch.testing.assert_close(moved[::2],
                               procrustes_align(source[::2], target[::2]))


def test_empty_batch_and_dtype():
    assert procrustes_align(poses(0, 14), poses(0, 14)).shape == (0, 14, 3)
    half = procrustes_align(
        poses(14, dtype=torch.float32), poses(14, dtype=torch.float32))
    assert half.dtype == torch.float32


def test_gradient():
    source, target = poses(2, 6).requires_grad_(), poses(2, 6, seed=1)
    assert torch.autograd.gradcheck(lambda s: procrustes_align(s, target),
                                    source)


@pytest.fixture
def one_thread():
    """So that a neighbour on another core does not hold up this one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_size_of_3dpw_takes_less_than_half_a_second(one_thread):
    source = poses(35515, 14, dtype=torch.float32)
    target = poses(35515, 14, seed=1, dtype=torch.float32) + source
    seconds = []
    for _ in range(3):
        start = time.process_time()
        procrustes_align(source, target)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.5
