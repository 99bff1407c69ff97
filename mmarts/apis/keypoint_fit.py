# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Brings posed bodies onto the 2D keypoints that they were made of.

A network says well how far away a limb is and, having to guess it along with
everything else, less well where in the picture it is; the detector knows the
latter and nothing of the former. So the pose is turned as little as brings
its joints onto the keypoints: SMPLify's energy (arXiv:1607.08128) with the
network's pose as the prior, over all frames of a clip at once.
"""
from typing import Optional

import roma
import torch
from torch import Tensor

from mmarts.body_models.base import BodyModel
from mmarts.geometry.camera import project
from mmarts.models.regressors import CameraSolver
from mmarts.structures import BodyParams, get_joint_set
from .progress import Step, ignore

ITERATIONS = 15
#: Frames solved at once; each stretch is tied to the end of the one before.
PIECE = 256
# What counts as one unit of the energy. Keypoints: metres at the distance of
# the body. Corrections: radians; metres across the view; parts of the depth.
_KEYPOINT, _ROTATION, _ACROSS, _DEPTH = 0.02, 0.2, 0.05, 0.02
# Geman-McClure: further off, a keypoint is rather wrong, and pulls less.
_ROBUST = 0.03  # metres
_FAR_OFF, _PLACINGS = 0.1, 4  # the same for the place to start from
# Chosen on the validation people of FreeMotion: the corrections themselves,
# and how they change in a thirtieth of a second.
_SMALL, _STEADY = 3., 3.
_ROTATION_STEP, _ACROSS_STEP, _DEPTH_STEP = 0.05, 0.01, 0.01
_STEP_RATE = 30.  # a second
# The body's face is not the person's: its nose and ears say where the head
# is, not how long the nose should be.
_FACE = ('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear')
_FACE_WEIGHT = 0.3


@torch.no_grad()
def fit_to_keypoints(body_model: BodyModel,
                     rotmats: Tensor,
                     betas: Tensor,
                     keypoints2d: Tensor,
                     scores: Tensor,
                     K: Tensor,
                     fps: float,
                     joint_set: str = 'coco19',
                     step: Step = ignore) -> Tensor:
    """Rotations whose joints lie nearer to the keypoints.

    Args:
        body_model: Whose joints they are.
        rotmats: ``(F, J, 3, 3)`` of consecutive frames, root first, camera
            axes.
        betas: ``(S,)``, kept.
        keypoints2d: ``(F, K, 2)`` pixels.
        scores: ``(F, K)`` in [0, 1]; a joint pulls by its score.
        K: ``(3, 3)`` pixels.
        fps: Frames a second.
        joint_set: That of the keypoints.
        step: Told how many frames are done after each stretch of them.

    Returns:
        ``(F, J, 3, 3)``.
    """
    weights = torch.where(scores >= CameraSolver().min_score, scores, 0.)
    joints = get_joint_set(joint_set).joints
    face = [i for i, name in enumerate(joints) if name in _FACE]
    weights[:, face] *= _FACE_WEIGHT
    fitted, before = [], None
    for start in range(0, len(rotmats), PIECE):
        rows = slice(start, start + PIECE)
        energy = _Energy(body_model, joint_set, rotmats[rows], betas,
                         keypoints2d[rows], scores[rows], weights[rows], K,
                         fps / _STEP_RATE, before)
        found = energy.lowest()
        fitted.append(energy.rotations(found))
        before = found[-1:]
        step(len(found))
    return torch.cat(fitted)


class _Energy:
    """Of corrections ``(F, J + 1, 3)``: rotation vectors, and a place.

    They are given as the variables ``(F, 3 J + 3)`` of :class:`_Prior`.
    """

    def __init__(self, body_model, joint_set, rotmats, betas, keypoints2d,
                 scores, weights, K, rate, before) -> None:
        self.body_model, self.joint_set = body_model, joint_set
        self.rotmats, self.betas = rotmats, betas.expand(len(rotmats), -1)
        self.keypoints2d, self.weights, self.K = keypoints2d, weights, K
        unit = torch.full((rotmats.shape[1] + 1, 3), _ROTATION)
        unit[-1] = torch.tensor([_ACROSS, _ACROSS, _DEPTH])
        step = torch.full_like(unit, _ROTATION_STEP)
        step[-1] = torch.tensor([_ACROSS_STEP, _ACROSS_STEP, _DEPTH_STEP])
        self.unit = unit.to(rotmats)
        self.prior = _Prior(rate * unit / step, before, rotmats)
        # Where the bodies stand before anything is corrected: least squares
        # again and again, with less of a say for what is far off.
        camera, joints, trust = CameraSolver(), self.joints(rotmats), scores
        for _ in range(_PLACINGS):
            self.transl = camera.solve(joints, keypoints2d, trust, K)[:, None]
            error = self.error(joints + self.transl)
            trust = scores / (1 + error / _FAR_OFF**2)**2

    def joints(self, rotmats: Tensor) -> Tensor:
        """``(F, K, 3)`` metres from the root."""
        params = BodyParams(rotmats[:, :1], rotmats[:, 1:], self.betas)
        return self.body_model.joints(params, self.joint_set)

    def rotations(self, corrections: Tensor) -> Tensor:
        """The rotations with corrections in units, each after its own."""
        turns = (corrections * self.unit)[:, :-1]
        return self.rotmats @ roma.rotvec_to_rotmat(turns)

    def error(self, points: Tensor) -> Tensor:
        """``(F, K)`` squared metres off, at the bodies' distance."""
        pixels = project(points, self.K) - self.keypoints2d
        across = pixels / self.K.diagonal()[:2]
        return (self.transl[..., 2:] * across).square().sum(-1)

    def __call__(self, white: Tensor) -> Tensor:
        corrections = self.prior.corrections(white)
        moved = (corrections * self.unit)[:, -1:]
        depth = self.transl[..., 2:]
        transl = torch.cat([
            self.transl[..., :2] + moved[..., :2], depth * (1 + moved[..., 2:])
        ], -1)
        error = self.error(self.joints(self.rotations(corrections)) + transl)
        robust = error / (1 + error / _ROBUST**2)
        return ((self.weights * robust).sum() / _KEYPOINT**2 +
                white.square().sum()) / len(white)

    @torch.enable_grad()
    def lowest(self) -> Tensor:
        """Corrections of the lowest energy that the steps allowed find."""
        white = self.unit.new_zeros(
            len(self.rotmats), self.unit.numel(), requires_grad=True)
        solver = torch.optim.LBFGS([white],
                                   max_iter=ITERATIONS,
                                   history_size=10,
                                   line_search_fn='strong_wolfe')

        def closure():
            solver.zero_grad()
            energy = self(white)
            energy.backward()
            return energy

        solver.step(closure)
        return self.prior.corrections(white.detach())


class _Prior:
    """That corrections are small and change little, as a change of variables.

    Of a correction ``c`` over the frames, ``_SMALL |c|^2 + _STEADY |steps of
    c|^2`` is ``|w|^2``, but for a constant, where ``c = U w + m``. In ``w``,
    moving a whole stretch is as easy as moving a single frame, and the solver
    needs less than half of the iterations.

    Args:
        rates: ``(J + 1, 3)`` what counts as one step, over a unit of each
            correction.
        before: ``(1, J + 1, 3)`` corrections of the frame before the first,
            or None.
        like: A tensor ``(F, ...)`` of as many frames.
    """

    def __init__(self, rates: Tensor, before: Optional[Tensor],
                 like: Tensor) -> None:
        self.shape = rates.shape
        # Neighbours of one rate share their matrix.
        values, sizes = rates.flatten().unique_consecutive(return_counts=True)
        self.sizes = sizes.tolist()
        eye = torch.eye(len(like), dtype=torch.float64)
        changes = eye.diff(dim=0)
        if before is not None:
            changes = torch.cat([eye[:1], changes])
        weights = (_STEADY * values.double()**2).tolist()
        priors = (
            _SMALL * eye + weight * changes.mT @ changes for weight in weights)
        self.factors = [
            torch.linalg.inv(torch.linalg.cholesky(prior)).mT.to(like)
            for prior in priors
        ]
        self.mean = like.new_zeros(())
        if before is not None:  # it draws the first frame, and all behind it
            parts = before.flatten(1).split(self.sizes, 1)
            self.mean = torch.cat([
                weight * (factor @ factor[0])[:, None] * part
                for weight, factor, part in zip(weights, self.factors, parts)
            ], 1)

    def corrections(self, white: Tensor) -> Tensor:
        """``(F, J + 1, 3)`` from ``(F, 3 J + 3)``."""
        parts = [
            factor @ part
            for factor, part in zip(self.factors, white.split(self.sizes, 1))
        ]
        return (torch.cat(parts, 1) + self.mean).unflatten(1, self.shape)
