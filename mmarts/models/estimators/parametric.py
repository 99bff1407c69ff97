# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Estimators that predict the parameters of a body model."""
from typing import Optional

import torch
from torch import Tensor, nn

from mmarts.geometry.boxes import window_box
from mmarts.geometry.camera import project
from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.registry import MODELS
from mmarts.structures import BodyParams, get_joint_set
from mmarts.utils.precision import no_autocast, widened
from .base import (BaseEstimator, at_frames, attach_predictions, stack_targets,
                   velocities)


class ParametricEstimator(BaseEstimator):
    """Posing, placing, losses and predictions from body parameters.

    Args:
        camera: Config: places the posed body before the camera.
        losses: Name -> config. ``mesh``, ``joint``, ``pose``, ``shape`` are
            the sum of ARTS' eq. 11; ``keypoints2d`` supervises a learned
            camera, ``velocity`` how joints move from one output frame to the
            next, metres a frame.
        output_frames: ``'mid'`` (ARTS' paper) or ``'all'``. Vertices are
            supervised at the middle frame either way.
        mesh_level: Mesh whose vertices are supervised; ``'coarse'`` (431,
            spread evenly) makes a training step of a small model a third
            faster.
        kwargs: Arguments of :class:`BaseEstimator`.
    """

    def __init__(self,
                 camera: dict,
                 losses: dict,
                 output_frames: str = 'mid',
                 mesh_level: str = 'full',
                 **kwargs) -> None:
        super().__init__(**kwargs)
        if output_frames not in ('mid', 'all'):
            raise ValueError('output_frames should be "mid" or "all", but is '
                             f'"{output_frames}".')
        self.output_frames, self.mesh_level = output_frames, mesh_level
        self.root_index = get_joint_set(self.joint_set).root_index
        self.camera = MODELS.build(camera)
        self.losses = nn.ModuleDict({
            name: MODELS.build(loss)
            for name, loss in losses.items()
        })

    def frames(self, num_frames: int) -> Tensor:
        """Positions in the window that are given out: ``(T_out,)``."""
        if self.output_frames == 'mid':
            return torch.tensor([num_frames // 2])
        return torch.arange(num_frames)

    def posed(self, inputs: dict, feat: Tensor, rot6d: Tensor, betas: Tensor,
              frames: Tensor) -> dict:
        """Pose the body of the output frames and place it.

        Args:
            inputs: Of the whole window.
            feat: ``(B, T, C)``.
            rot6d: ``(B, T_out, J, 6)``.
            betas: ``(B, S)`` for the window, or ``(B, T_out, S)``.
            frames: ``(T_out,)`` positions in the window.

        Returns:
            ``global_orient``, ``body_pose``, ``betas``, ``transl`` of
            STYLE's shapes at ``T_out``, ``joints3d_posed`` ``(B, T_out, K,
            3)`` (metres, camera axes, body at its rest place), ``frames``.
        """
        if betas.dim() == 2:
            betas = betas[:, None].expand(-1, rot6d.shape[1], -1)
        with no_autocast(rot6d):
            rotmats = rot6d_to_rotmat(widened(rot6d))
            params = BodyParams(rotmats[:, :, :1], rotmats[:, :, 1:],
                                widened(betas))
            joints = self.body_model.joints(params, self.joint_set)
            transl = self.camera(joints, widened(feat[:, frames]),
                                 at_frames(inputs, frames))
        return dict(
            global_orient=params.global_orient,
            body_pose=params.body_pose,
            betas=params.betas,
            transl=transl,
            joints3d_posed=joints,
            frames=frames)

    def body_losses(self, out: dict, inputs: dict, data_samples: list) -> dict:
        """``L_mesh + L_joint + L_pose + L_shape`` (ARTS, eq. 11)."""
        frames = out['frames']
        targets = {
            name: stack_targets(data_samples, name)
            for name in ('joints3d_rel', 'global_orient', 'body_pose', 'betas')
        }
        at = {
            name: (value[:, frames], valid[:, frames])
            for name, (value, valid) in targets.items()
        }
        posed = out['joints3d_posed']
        rel = posed - posed[..., [self.root_index], :]
        pose_valid = at['global_orient'][1] & at['body_pose'][1]
        losses = dict(
            loss_joint=self.losses['joint'](rel, *at['joints3d_rel']),
            loss_pose=self.losses['pose'](
                torch.cat([out['global_orient'], out['body_pose']], 2),
                torch.cat([at['global_orient'][0], at['body_pose'][0]],
                          2), pose_valid),
            loss_shape=self.losses['shape'](out['betas'], *at['betas']),
            loss_mesh=self._mesh_loss(out, targets))
        if 'velocity' in self.losses:
            losses['loss_velocity'] = self.losses['velocity'](
                *velocities(rel, *at['joints3d_rel'], frames))
        if 'keypoints2d' in self.losses:
            losses['loss_keypoints2d'] = self._keypoints2d_loss(
                out, inputs, data_samples)
        return losses

    def body_predictions(self, out: dict,
                         data_samples: Optional[list]) -> list:
        """Samples with body parameters, and joints in the camera frame."""
        posed = out['joints3d_posed']
        names = ('global_orient', 'body_pose', 'betas', 'transl')
        predictions = dict({name: out[name]
                            for name in names},
                           joints3d=posed + out['transl'][:, :, None],
                           joints3d_rel=posed -
                           posed[..., [self.root_index], :])
        return attach_predictions(data_samples, predictions, out['frames'])

    def _mesh_loss(self, out: dict, targets: dict) -> Tensor:
        """Vertices of the middle frame, both sides root-centred."""
        names = ('global_orient', 'body_pose', 'betas')
        valid = torch.stack([targets[name][1] for name in names]).all(0)
        middle = valid.shape[1] // 2
        position = int((out['frames'] == middle).nonzero()[0])
        with torch.no_grad():
            target = self._centred_vertices(
                BodyParams(*(targets[name][0][:, [middle]] for name in names)))
        pred = self._centred_vertices(
            BodyParams(*(out[name][:, [position]] for name in names)))
        return self.losses['mesh'](pred, target, valid[:, [middle]])

    def _centred_vertices(self, params: BodyParams) -> Tensor:
        with no_autocast(params.betas):
            body = self.body_model(
                params,
                self.joint_set,
                frames=slice(None),
                level=self.mesh_level)
        return body.vertices - body.joints3d[..., [self.root_index], :]

    def _keypoints2d_loss(self, out: dict, inputs: dict,
                          data_samples: list) -> Tensor:
        """Reprojection error over the side of the window's box."""
        target, valid = stack_targets(data_samples, 'keypoints2d')
        joints = out['joints3d_posed'] + out['transl'][:, :, None]
        pred = project(joints, inputs['K'][:, None])
        _, side = window_box(target, valid)
        scale = 1 / side[:, None, None, None]
        frames = out['frames']
        return self.losses['keypoints2d'](pred * scale,
                                          target[:, frames] * scale,
                                          valid[:, frames])
