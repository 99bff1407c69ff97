# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Samples of a whole picture become samples of a turned, mirrored crop."""
from typing import Optional

import numpy as np
import torch
from torch import Tensor

from mmarts.geometry.camera import translation_to_weak
from mmarts.structures import MeshDataSample, get_joint_set
from .crop_view import CropView

# Number of rotations of a body -> whose joints they are.
_BODIES = {24: 'smpl24', 52: 'smplh52', 55: 'smplx55'}
_MIRROR = torch.tensor([-1., 1., 1.])


def crop_sample(inputs: dict,
                sample: MeshDataSample,
                view: CropView,
                rest_root: Optional[Tensor] = None) -> None:
    """Change inputs and targets, in place, to what a view shows of them.

    All that is in pixels, and all in the camera's frame, is then of the
    picture as it was turned and mirrored, so that nothing else has to know.
    Joints, scores, masks and rotations of left and right change places in a
    mirror; the shape, which is symmetric, stays. Added are ``box_centre``
    ``(T, 2)`` and ``box_size`` ``(T,)`` of the inputs, pixels; the targets
    ``keypoints2d_crop`` and, with ``transl``, ``cam``; the meta keys ``box``
    and ``crop_affine``.

    Args:
        inputs: ``keypoints2d``, ``keypoints2d_score``, ``K``.
        sample: Its data sample.
        view: How it is cut.
        rest_root: ``(T, 3)`` place of the unposed body's root, metres;
            without it, and with a turn or a mirror, ``transl`` is not valid.
    """
    K, (width, _) = np.asarray(sample.K, np.float64), sample.image_size
    scene = _Scene(view, K, width)
    joints = get_joint_set(sample.joint_set)
    order = joints.flip_indices if view.flip else list(range(len(joints)))
    in_crop = _tensor(view.keypoints(sample.keypoints2d.double().numpy()))
    inputs['keypoints2d'] = scene.pixels(inputs['keypoints2d'])[:, order]
    inputs['keypoints2d_score'] = inputs['keypoints2d_score'][:, order]
    for name, change in (('keypoints2d', scene.pixels),
                         ('joints3d', scene.points), ('joints3d_rel',
                                                      scene.points)):
        if name in sample:
            sample.set_target(name,
                              change(sample.get(name))[:, order],
                              sample.get(f'{name}_valid')[:, order])
    _crop_body(sample, scene, rest_root)
    centre = view.final_boxes(K, width)
    inputs['K'] = _tensor(scene.camera)
    inputs['box_centre'] = _tensor(centre)
    inputs['box_size'] = _tensor(view.side)
    half = view.side[:, None] / 2
    sample.set_metainfo(
        dict(
            K=scene.camera.astype(np.float32),
            box=np.concatenate([(centre - half).min(0),
                                (centre + half).max(0)]).astype(np.float32),
            crop_affine=_affine(centre, view).astype(np.float32)))
    sample.set_target('keypoints2d_crop', in_crop[:, order],
                      sample.keypoints2d_valid)
    if 'transl' in sample:
        cam = translation_to_weak(sample.transl, inputs['box_centre'],
                                  inputs['box_size'], inputs['K'])
        sample.set_target('cam', cam, sample.transl_valid)


class _Scene:
    """The picture, and what is before its camera, turned and mirrored."""

    def __init__(self, view: CropView, K: np.ndarray, width: int) -> None:
        self.flip, self.width = view.flip, width
        self.turn2d, self.point = _tensor(view.turn), _tensor(K[:2, 2])
        self.turn = torch.eye(3)
        self.turn[:2, :2] = self.turn2d
        self.camera = K.copy()
        if view.flip:
            self.camera[0, 2] = width - K[0, 2]

    def pixels(self, points: Tensor) -> Tensor:
        """``(..., 2)`` places in the picture."""
        points = (points - self.point) @ self.turn2d.T + self.point
        if self.flip:
            points = torch.stack([self.width - points[..., 0], points[..., 1]],
                                 -1)
        return points

    def points(self, points: Tensor) -> Tensor:
        """``(..., 3)`` places in the camera's frame."""
        points = points @ self.turn.T
        return points * _MIRROR if self.flip else points

    def orient(self, rotmat: Tensor) -> Tensor:
        """``(..., 3, 3)`` rotations from body to camera axes."""
        rotmat = self.turn @ rotmat
        return _mirrored(rotmat) if self.flip else rotmat


def _crop_body(sample: MeshDataSample, scene: _Scene,
               rest_root: Optional[Tensor]) -> None:
    """Parameters of the body, and vertices."""
    still = not scene.flip and bool((scene.turn == torch.eye(3)).all())
    if still:
        return
    if 'global_orient' in sample:
        sample.global_orient = scene.orient(sample.global_orient)
    if 'body_pose' in sample and scene.flip:
        sample.body_pose = mirrored_pose(sample.body_pose)
    if 'transl' in sample:
        if rest_root is None:
            sample.transl_valid = torch.zeros_like(sample.transl_valid)
        else:
            # The root is where posing starts from.
            root = scene.points(sample.transl + rest_root)
            sample.transl = root - rest_root
    if 'vertices' in sample:
        sample.vertices = scene.points(sample.vertices)
        if scene.flip:
            # A mesh has no partner for each of its vertices.
            sample.vertices_valid = torch.zeros_like(sample.vertices_valid)


def mirrored_pose(body_pose: Tensor) -> Tensor:
    """The pose in a mirror at the plane between left and right.

    Args:
        body_pose: ``(..., J - 1, 3, 3)`` parent-relative rotations without
            the root.

    Raises:
        ValueError: If no body with so many joints has a left and a right.
    """
    count = body_pose.shape[-3] + 1
    if count not in _BODIES:
        raise ValueError(f'A body of {sorted(_BODIES)} joints can be '
                         f'mirrored, but this one has {count}.')
    order = get_joint_set(_BODIES[count]).flip_indices
    return _mirrored(body_pose[..., [i - 1 for i in order[1:]], :, :])


def _mirrored(rotmat: Tensor) -> Tensor:
    return rotmat * _MIRROR[:, None] * _MIRROR


def _affine(centre: np.ndarray, view: CropView) -> np.ndarray:
    """``(T, 2, 3)`` from the turned, mirrored picture to the crop."""
    scale = view.size / view.side
    affine = np.zeros((len(scale), 2, 3))
    affine[:, 0, 0] = affine[:, 1, 1] = scale
    affine[:, :, 2] = view.size / 2 - scale[:, None] * centre
    return affine


def _tensor(array: np.ndarray) -> Tensor:
    return torch.as_tensor(array, dtype=torch.float32)
