# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Full and weak perspective cameras: x right, y down, z forward, metres."""
import torch
from torch import Tensor

# A point nearer than this is projected as if it were here, so that a bad
# prediction gives a large error and no NaN.
MIN_DEPTH = 0.05


def project(points: Tensor, K: Tensor) -> Tensor:
    """Perspective projection ``(..., N, 3)`` metres -> ``(..., N, 2)`` px.

    Args:
        points: Points in the camera frame.
        K: ``(..., 3, 3)`` intrinsics in pixels, no skew; leading axes
            broadcast against those of ``points`` without ``N``.
    """
    depth = points[..., 2:].clamp(min=MIN_DEPTH)
    focal, centre = _focal_and_centre(K)
    return points[..., :2] / depth * focal + centre


def intrinsics(focal_length: Tensor, image_size: Tensor) -> Tensor:
    """Intrinsics with the principal point in the middle of the image.

    Args:
        focal_length: ``(...)`` pixels.
        image_size: ``(..., 2)`` width and height, pixels.

    Returns:
        ``(..., 3, 3)``.
    """
    K = focal_length.new_zeros(*focal_length.shape, 3, 3)
    K[..., 0, 0] = K[..., 1, 1] = focal_length
    K[..., :2, 2] = image_size / 2
    K[..., 2, 2] = 1
    return K


def default_focal_length(width: float, height: float) -> float:
    """Focal length to assume for an unknown camera: the image diagonal.

    About 53 degrees of view along the diagonal; the convention of CLIFF
    (arXiv:2208.00571, section 3).
    """
    return float((width**2 + height**2)**0.5)


def solve_translation(joints: Tensor, keypoints2d: Tensor, weights: Tensor,
                      K: Tensor) -> Tensor:
    """Place posed joints so that they project onto 2D keypoints.

    Each keypoint ``(u, v)`` of a joint ``X`` gives two equations linear in
    the translation ``t``:
    ``f (X_x + t_x) = (u - c_x) (X_z + t_z)`` and the same for ``y``.
    Their weighted least-squares solution is closed form; it minimises the
    reprojection error times depth, which differs from the pixel error by a
    factor that is nearly the same for all joints of one body.

    Args:
        joints: ``(..., N, 3)`` metres, camera axes, root-relative.
        keypoints2d: ``(..., N, 2)`` full-image pixels.
        weights: ``(..., N)`` not negative; 0 leaves a joint out.
        K: ``(..., 3, 3)`` intrinsics, pixels.

    Returns:
        ``(..., 3)`` metres. Where fewer than two joints have weight the
        depth is not observable: a weak pull towards 5 m keeps it finite.
        A skeleton so wrong (upside down, say) that it would fit best behind
        the camera is put in front by its size alone.
    """
    focal, centre = _focal_and_centre(K)
    ray = (keypoints2d - centre) / focal
    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-6)
    # Rows (1, 0, -ray_x) t = ray_x X_z - X_x, and the same for y.
    rhs = ray * joints[..., 2:] - joints[..., :2]
    w = weights[..., None]
    ray_sum = (w * ray).sum(-2)
    total = weights.sum(-1)
    normal = joints.new_zeros(*weights.shape[:-1], 3, 3)
    normal[..., 0, 0] = normal[..., 1, 1] = total
    normal[..., :2, 2] = normal[..., 2, :2] = -ray_sum
    normal[..., 2, 2] = (w * ray**2).sum((-2, -1))
    right = torch.cat([(w * rhs).sum(-2), -(w * ray * rhs).sum(
        (-2, -1))[..., None]], -1)
    pull = 1e-7
    normal = normal + pull * torch.eye(3).to(normal)
    right = right + pull * right.new_tensor([0., 0., 5.])
    solved = torch.linalg.solve(normal, right)
    behind = solved[..., 2:] + joints[..., 2].amin(-1, True) < MIN_DEPTH
    return torch.where(behind, _translation_by_size(joints, ray, w), solved)


def _translation_by_size(joints: Tensor, ray: Tensor, w: Tensor) -> Tensor:
    """Depth from the spread of joints over that of their rays."""
    joint_mean = (w * joints[..., :2]).sum(-2)
    ray_mean = (w * ray).sum(-2)
    spread3d = (w * (joints[..., :2] - joint_mean[..., None, :])**2).sum(
        (-2, -1))
    spread2d = (w * (ray - ray_mean[..., None, :])**2).sum((-2, -1))
    # Points of no spread leave the depth to the same 5 m.
    depth = ((spread3d + 25e-7) / (spread2d + 1e-7)).sqrt()[..., None]
    return torch.cat([ray_mean * depth - joint_mean, depth], -1)


def weak_to_translation(cam: Tensor, box_centre: Tensor, box_size: Tensor,
                        K: Tensor) -> Tensor:
    """Translation that a full camera needs to show what a weak one shows.

    Args:
        cam: ``(..., 3)`` (s, tx, ty) of the crop: ``x_crop = s * (x + tx)``
            with ``x_crop`` in [-1, 1].
        box_centre: ``(..., 2)`` pixels.
        box_size: ``(...)`` side of the square crop, pixels.
        K: ``(..., 3, 3)`` intrinsics, pixels.

    Returns:
        ``(..., 3)`` metres.
    """
    focal, centre = _focal_and_centre(K)
    depth = 2 * focal[..., 0, 0] / (box_size * cam[..., 0].clamp(min=1e-3))
    offset = (box_centre - centre[..., 0, :]) / focal[..., 0, :]
    return torch.cat(
        [cam[..., 1:] + offset * depth[..., None], depth[..., None]], -1)


def solve_weak_camera(joints: Tensor, keypoints2d: Tensor,
                      weights: Tensor) -> Tensor:
    """Weak camera that shows joints where their keypoints are.

    Least squares of ``s (x + t) - u``, closed form.

    Args:
        joints: ``(..., N, 3)`` metres.
        keypoints2d: ``(..., N, 2)`` in [-1, 1] of the crop.
        weights: ``(..., N)`` not negative; 0 leaves a joint out.

    Returns:
        ``(..., 3)`` (s, tx, ty). Joints that coincide, or have no weight,
        give a scale near 0; the result is finite.
    """
    weights = weights.to(joints)
    w = (weights / weights.sum(-1, keepdim=True).clamp(min=1e-6))[..., None]
    seen = torch.where(w > 0, keypoints2d, 0.)
    joint_mean = (w * joints[..., :2]).sum(-2, keepdim=True)
    seen_mean = (w * seen).sum(-2, keepdim=True)
    offset = joints[..., :2] - joint_mean
    scale = (w * offset * (seen - seen_mean)).sum(
        (-2, -1)) / (w * offset**2).sum((-2, -1)).clamp(min=1e-9)
    shift = shifted_to_weak(
        torch.cat([scale[..., None], seen_mean[..., 0, :]], -1))
    return torch.cat(
        [scale[..., None], shift[..., 1:] - joint_mean[..., 0, :]], -1)


def translation_to_weak(transl: Tensor, box_centre: Tensor, box_size: Tensor,
                        K: Tensor) -> Tensor:
    """The weak camera of a crop for a body that stands at a translation.

    The inverse of :func:`weak_to_translation`: exact at the depth of the
    translation, and nearly so for a body that is thin against its distance.

    Args:
        transl: ``(..., 3)`` metres, camera frame; the depth is positive.
        box_centre: ``(..., 2)`` pixels.
        box_size: ``(...)`` side of the square crop, pixels.
        K: ``(..., 3, 3)`` intrinsics, pixels.

    Returns:
        ``(..., 3)`` (s, tx, ty): ``x_crop = s * (x + tx)``.
    """
    focal, centre = _focal_and_centre(K)
    depth = transl[..., 2:].clamp(min=MIN_DEPTH)
    scale = 2 * focal[..., 0, :1] / (box_size[..., None] * depth)
    offset = (box_centre - centre[..., 0, :]) / focal[..., 0, :]
    return torch.cat([scale, transl[..., :2] - offset * depth], -1)


def shifted_to_weak(cam: Tensor) -> Tensor:
    """DSD's camera ``x_crop = s x + t`` to ours, ``s (x + t)``.

    Args:
        cam: ``(..., 3)`` (s, tx, ty), the shift in units of the crop.

    Returns:
        ``(..., 3)`` (s, tx, ty), the shift in metres. A scale nearer to 0
        than 1e-6 divides the shift by 1e-6, so that the result is finite.
    """
    scale = cam[..., :1]
    sign = torch.where(scale < 0, -1., 1.).to(cam)
    return torch.cat([scale, cam[..., 1:] / (sign * scale.abs().clamp(1e-6))],
                     -1)


def _focal_and_centre(K: Tensor) -> tuple[Tensor, Tensor]:
    focal = torch.stack([K[..., 0, 0], K[..., 1, 1]], -1)
    return focal[..., None, :], K[..., None, :2, 2]
