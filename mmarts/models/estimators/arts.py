# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""ARTS: semi-analytical regressor on skeletal parts (ACM MM 2024)."""
from typing import Optional

import torch
from torch import Tensor

from mmarts.registry import MODELS
from .base import (at_frames, attach_predictions, every_nth_frame, frame_gap,
                   stack_targets, velocities)
from .parametric import ParametricEstimator


@MODELS.register_module()
class ARTS(ParametricEstimator):
    """2D skeletons -> 3D skeletons -> their parts -> body parameters.

    Args:
        normalizer: Config: pixels -> ``keypoints2d_norm``.
        feature: Config: the frame feature ``F``.
        lifter: Config: 2D -> ``joints3d_rel`` (eq. 1).
        pose_ik: Config: joints and feature -> initial pose (eqs. 4, 5).
        shape_fitter: Config: bone lengths and, where it reads them, features
            -> initial shape (eqs. 6-9).
        refiner: Config: motion and feature -> refined pose and shape
            (eq. 10).
        skeleton_parts: Config (eqs. 2, 3).
        skeleton_noise: Config: disturbs the skeleton in tests; None for not.
        stage: ``'lifter'`` trains and runs the skeleton alone, ``'full'``
            everything.
        frame_step: Training sees every n-th frame of a window, the middle
            one among them: neighbours at 30 fps say nearly the same, and the
            time saved buys more windows. Time embeddings stretch over the
            window either way; motion stays metres a frame.
        freeze_lifter: Whether stage ``'full'`` leaves feature and lifter
            alone. The paper trains everything together at a small learning
            rate; in a short run at a large one, regressors that know nothing
            yet would undo the skeleton.
        kwargs: Arguments of :class:`ParametricEstimator`; the loss
            ``lift`` supervises the skeleton of all frames,
            ``lift_velocity`` how it moves from one frame to the next.
    """

    def __init__(self,
                 normalizer: dict,
                 feature: dict,
                 lifter: dict,
                 pose_ik: dict,
                 shape_fitter: dict,
                 refiner: dict,
                 skeleton_parts: Optional[dict] = None,
                 skeleton_noise: Optional[dict] = None,
                 stage: str = 'full',
                 frame_step: int = 1,
                 freeze_lifter: bool = False,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.normalizer = MODELS.build(normalizer)
        self.feature = MODELS.build(feature)
        self.lifter = MODELS.build(lifter)
        self.skeleton_parts = MODELS.build(
            skeleton_parts
            or dict(type='SkeletonParts', joint_set=self.joint_set))
        self.skeleton_noise = skeleton_noise and MODELS.build(
            dict(skeleton_noise, body_model=self.body_model))
        self.pose_ik = MODELS.build(dict(pose_ik, body_model=self.body_model))
        self.shape_fitter = MODELS.build(
            dict(shape_fitter, body_model=self.body_model))
        self.refiner = MODELS.build(refiner)
        self.frame_step = frame_step
        self.freeze_lifter = freeze_lifter
        self.set_stage(stage)

    def set_stage(self, stage: str) -> None:
        """Choose what is trained and run: ``'lifter'`` or ``'full'``."""
        if stage not in ('lifter', 'full'):
            raise ValueError(
                f'stage should be "lifter" or "full", but is "{stage}".')
        self.stage = stage

    def checkpoint_meta(self) -> dict:
        """Adds the normaliser: it decides what the weights mean."""
        return dict(
            super().checkpoint_meta(),
            normalizer=type(self.normalizer).__name__)

    def outputs(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> dict:
        """Everything the figure of the paper shows, by name.

        Args:
            inputs: See :meth:`forward`.
            data_samples: Only a ``skeleton_noise`` wants to know them.

        Returns:
            ``joints3d_lifted`` ``(B, T, K, 3)`` and, in stage ``'full'``,
            ``rot6d_init`` ``(B, T, J, 6)``, ``betas_init`` ``(B, S)`` and
            what :meth:`posed` gives.
        """
        frames = torch.arange(inputs['keypoints2d'].shape[1])
        return self._outputs(inputs, frames, data_samples)

    def _outputs(self,
                 inputs: dict,
                 frames: Tensor,
                 data_samples: Optional[list] = None) -> dict:
        """Of these frames of the window; the box is that of all."""
        keypoints2d_norm, context = self.normalizer(
            inputs['keypoints2d'], inputs['keypoints2d_score'], inputs['K'],
            inputs['image_size'])
        keypoints2d_norm = keypoints2d_norm[:, frames]
        context, inputs = context[:, frames], at_frames(inputs, frames)
        with torch.set_grad_enabled(self._lifter_learns()):
            feat = None
            if self.stage == 'full' or self.lifter.feat_dim:
                feat = self.feature(inputs, keypoints2d_norm, context)
            lifted = self.lifter(keypoints2d_norm, inputs['keypoints2d_score'],
                                 context, feat)
        if self.stage == 'lifter':
            return dict(joints3d_lifted=lifted)
        if self.skeleton_noise is not None:
            lifted = self.skeleton_noise(lifted, data_samples)
        joints, bone_lengths, motion = self.skeleton_parts(lifted)
        motion = motion / frame_gap(frames)
        rot6d_init = self.pose_ik(joints, feat)
        betas_init = self.shape_fitter(bone_lengths, feat)
        rot6d, betas = self.refiner(motion, feat, rot6d_init, betas_init)
        given = self.frames(lifted.shape[1])
        return dict(
            self.posed(inputs, feat, rot6d[:, given], betas, given),
            frames=frames[given],
            joints3d_lifted=lifted,
            rot6d_init=rot6d_init,
            betas_init=betas_init)

    def loss(self, inputs: dict, data_samples: list) -> dict:
        if self.stage == 'lifter':
            return self._lifter_loss(inputs, data_samples)
        frames = every_nth_frame(inputs, self.frame_step)
        out = self._outputs(inputs, frames)
        losses = self.body_losses(out, inputs, data_samples)
        if 'lift' in self.losses and self._lifter_learns():
            losses.update(
                self._skeleton_losses(out['joints3d_lifted'], data_samples,
                                      frames))
        return losses

    def _lifter_learns(self) -> bool:
        frozen = self.freeze_lifter and self.stage == 'full'
        return torch.is_grad_enabled() and not frozen

    def _lifter_loss(self, inputs: dict, data_samples: list) -> dict:
        frames = every_nth_frame(inputs, self.frame_step)
        out = self._outputs(inputs, frames)
        return self._skeleton_losses(out['joints3d_lifted'], data_samples,
                                     frames)

    def _skeleton_losses(self, lifted: Tensor, data_samples: list,
                         frames: Tensor) -> dict:
        target, valid = (
            t[:, frames] for t in stack_targets(data_samples, 'joints3d_rel'))
        losses = dict(loss_lift=self.losses['lift'](lifted, target, valid))
        if 'lift_velocity' in self.losses:
            losses['loss_lift_velocity'] = self.losses['lift_velocity'](
                *velocities(lifted, target, valid, frames))
        return losses

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        out = self.outputs(inputs, data_samples)
        if self.stage == 'full':
            return self.body_predictions(out, data_samples)
        lifted = out['joints3d_lifted']
        return attach_predictions(data_samples, dict(joints3d_rel=lifted),
                                  torch.arange(lifted.shape[1]))
