# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Brings posed bodies onto the 2D keypoints that they were made of.

A network says well how far away a limb is and, having to guess it along with
everything else, less well where in the picture it is; the detector knows the
latter and nothing of the former. So the pose is turned as little as brings
its joints onto the keypoints: SMPLify's energy (arXiv:1607.08128) with the
network's pose as the prior, over all frames of a clip at once.
"""
import roma
import torch
from torch import Tensor

from mmarts.body_models.base import BodyModel
from mmarts.geometry.camera import project
from mmarts.models.regressors import CameraSolver
from mmarts.structures import BodyParams, get_joint_set
from .progress import Step, ignore

ITERATIONS = 30
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
                         fps / _STEP_RATE)
        found = energy.lowest(before)
        fitted.append(energy.rotations(found))
        before = found[-1:]
        step(len(found))
    return torch.cat(fitted)


class _Energy:
    """Of corrections ``(F, J + 1, 3)``: rotation vectors, and a place."""

    def __init__(self, body_model, joint_set, rotmats, betas, keypoints2d,
                 scores, weights, K, rate) -> None:
        self.body_model, self.joint_set = body_model, joint_set
        self.rotmats, self.betas = rotmats, betas.expand(len(rotmats), -1)
        self.keypoints2d, self.weights, self.K = keypoints2d, weights, K
        unit = torch.full((rotmats.shape[1] + 1, 3), _ROTATION)
        unit[-1] = torch.tensor([_ACROSS, _ACROSS, _DEPTH])
        step = torch.full_like(unit, _ROTATION_STEP)
        step[-1] = torch.tensor([_ACROSS_STEP, _ACROSS_STEP, _DEPTH_STEP])
        self.unit = unit.to(rotmats)
        self.steps_of_unit = (rate * unit / step).to(rotmats)
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

    def __call__(self, corrections: Tensor, before) -> Tensor:
        moved = (corrections * self.unit)[:, -1:]
        depth = self.transl[..., 2:]
        transl = torch.cat([
            self.transl[..., :2] + moved[..., :2], depth * (1 + moved[..., 2:])
        ], -1)
        error = self.error(self.joints(self.rotations(corrections)) + transl)
        robust = error / (1 + error / _ROBUST**2)
        linked = corrections
        if before is not None:
            linked = torch.cat([before, corrections])
        steps = linked.diff(dim=0) * self.steps_of_unit
        return ((self.weights * robust).sum() / _KEYPOINT**2 +
                _SMALL * corrections.square().sum() +
                _STEADY * steps.square().sum()) / len(corrections)

    @torch.enable_grad()
    def lowest(self, before) -> Tensor:
        """Corrections of the lowest energy that the steps allowed find."""
        corrections = torch.zeros(
            len(self.rotmats), *self.unit.shape,
            device=self.unit.device).requires_grad_()
        solver = torch.optim.LBFGS([corrections],
                                   max_iter=ITERATIONS,
                                   history_size=10,
                                   line_search_fn='strong_wolfe')

        def closure():
            solver.zero_grad()
            energy = self(corrections, before)
            energy.backward()
            return energy

        solver.step(closure)
        return corrections.detach()
