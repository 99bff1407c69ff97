# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""ARTS as its authors released it (TangTao-PKU/ARTS, commit deb8c12)."""
from typing import Optional

import numpy as np
import torch
from torch import Tensor

from mmarts.body_models.model_paths import find_array_file
from mmarts.models.estimators.base import attach_predictions
from mmarts.models.estimators.parametric import ParametricEstimator
from mmarts.registry import MODELS
from mmarts.structures import BodyParams
from ..training.mesh_terms import edge_lengths
from ..training.targets import TARGET_SET, mesh_targets, skeleton_targets

# The output is the mean of the body's mesh and the mesh branch's.
_SMPL_SHARE = 0.5


@MODELS.register_module()
class ARTSRelease(ParametricEstimator):
    """2D skeletons and image features -> a mesh that is half SMPL's.

    Another network than the paper's (:class:`mmarts.models.estimators.ARTS`):
    motion-centric features come first and feed inverse kinematics by
    normalising flows; SPIN's regressor refines; the mesh of the middle frame
    is the mean of SMPL's and of a branch that knows no SMPL.

    What feeds nothing in the release is not here, and with
    ``output_frames='mid'`` nothing behind the lifter is computed for other
    frames than the middle one: no part looks from one frame at another
    there.

    Args:
        normalizer: Config: pixels -> ``keypoints2d_norm``.
        feature: Config: the image feature.
        lifter: Config of :class:`SharedNormLifter`.
        motion_attention: Config of :class:`MotionAttention`.
        pose_ik: Config of :class:`FlowIK`.
        shape_fitter: Config of :class:`TemplateShapeFitter`.
        regressor: Config of :class:`IterativeRegressor`.
        mesh_residual: Config of :class:`MeshResidual`. The last five may be
            None in stage ``'lifter'``.
        mean_vertices: ``.npy`` file ``(V, 3)``, metres, of the mesh that the
            release calls its mean; found as body files are. The template of
            the body when None.
        stage: ``'lifter'`` trains and runs the skeleton alone, ``'full'``
            everything.
        kwargs: Arguments of :class:`ParametricEstimator`. Losses of stage
            ``'full'``: ``mesh``, ``joint``, ``pose``, ``shape``, ``edge``;
            of stage ``'lifter'``: ``lift``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If its mesh has another shape than the body's.
    """

    def __init__(self,
                 normalizer: dict,
                 feature: dict,
                 lifter: dict,
                 motion_attention: Optional[dict] = None,
                 pose_ik: Optional[dict] = None,
                 shape_fitter: Optional[dict] = None,
                 regressor: Optional[dict] = None,
                 mesh_residual: Optional[dict] = None,
                 mean_vertices: Optional[str] = None,
                 stage: str = 'full',
                 **kwargs) -> None:
        super().__init__(**kwargs)
        self.normalizer = MODELS.build(normalizer)
        self.feature = MODELS.build(feature)
        self.lifter = MODELS.build(lifter)
        self.skeleton_parts = MODELS.build(
            dict(type='SkeletonParts', joint_set=self.joint_set))
        for name, part in dict(
                motion_attention=motion_attention,
                pose_ik=pose_ik,
                regressor=regressor).items():
            self.add_module(name, part and MODELS.build(part))
        mean = _mean_vertices(self.body_model, mean_vertices)
        for name, part in dict(
                shape_fitter=shape_fitter,
                mesh_residual=mesh_residual).items():
            self.add_module(
                name, part and MODELS.build(
                    dict(part, body_model=self.body_model,
                         mean_vertices=mean)))
        self.set_stage(stage)

    def set_stage(self, stage: str) -> None:
        """Choose what is trained and run: ``'lifter'`` or ``'full'``."""
        if stage not in ('lifter', 'full'):
            raise ValueError(
                f'stage should be "lifter" or "full", but is "{stage}".')
        if stage == 'full' and None in self._modules.values():
            raise ValueError('This network is a lifter alone: its config has '
                             'no parts for stage "full".')
        self.stage = stage

    def checkpoint_meta(self) -> dict:
        """Adds the normaliser: it decides what the weights mean."""
        return dict(
            super().checkpoint_meta(),
            normalizer=type(self.normalizer).__name__)

    def outputs(self, inputs: dict) -> dict:
        """Everything by name.

        Returns:
            ``joints3d_lifted`` ``(B, T, K, 3)``; in stage ``'full'`` also
            what :meth:`ParametricEstimator.posed` gives, of SPIN's body, and
            with ``output_frames='mid'`` the ``mesh`` ``(B, 1, V, 3)`` of the
            middle frame (metres, camera axes), which is no body's.
        """
        frames = self.frames(inputs['keypoints2d'].shape[1])
        return self._outputs(inputs, frames, self.output_frames == 'mid')

    def _outputs(self, inputs: dict, frames: Tensor, with_mesh: bool) -> dict:
        keypoints2d_norm, context = self.normalizer(
            inputs['keypoints2d'], inputs['keypoints2d_score'], inputs['K'],
            inputs['image_size'])
        feat = self.feature(inputs, keypoints2d_norm, context)
        lifted = self.lifter(keypoints2d_norm, feat)
        if self.stage == 'lifter':
            return dict(joints3d_lifted=lifted)
        rot6d, betas, _ = self.regress(lifted, feat, frames)
        out = self.posed(inputs, feat, rot6d, betas, frames)
        if with_mesh:
            out['mesh'] = self.mesh(lifted, feat, out)
        return dict(out, joints3d_lifted=lifted)

    def regress(self, joints: Tensor, feat: Tensor,
                frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Body parameters of some frames.

        Args:
            joints: ``(B, T, K, 3)`` metres.
            feat: ``(B, T, C)``.
            frames: ``(F,)`` positions in the window.

        Returns:
            ``rot6d`` ``(B, F, J, 6)``, ``betas`` ``(B, F, S)`` and ``cam``
            ``(B, F, 3)``, which no loss of the release ever taught anything.
        """
        _, _, motion = self.skeleton_parts(joints)
        fused = self.motion_attention(motion, feat, frames)
        rot6d_init = self.pose_ik(joints[:, frames], fused)
        betas_init = self.shape_fitter(joints)
        return self.regressor(fused, rot6d_init, betas_init)

    def mesh(self, joints: Tensor, feat: Tensor, out: dict) -> Tensor:
        """The mesh of the middle frame: half SMPL, half the mesh branch.

        Args:
            joints: ``(B, T, K, 3)`` metres.
            feat: ``(B, T, C)``.
            out: ``global_orient``, ``body_pose``, ``betas`` of ``frames``,
                the middle one among these.

        Returns:
            ``(B, 1, V, 3)`` metres, camera axes.
        """
        middle = joints.shape[1] // 2
        position = int((out['frames'] == middle).nonzero()[0])
        smpl = self.body_model.vertices(
            BodyParams(*(out[name][:, position]
                         for name in ('global_orient', 'body_pose', 'betas'))))
        residual = self.mesh_residual(joints[:, middle], feat[:, middle])
        return torch.lerp(residual, smpl, _SMPL_SHARE)[:, None]

    def loss(self, inputs: dict, data_samples: list) -> dict:
        if self.stage == 'lifter':
            target = skeleton_targets(self.body_model, data_samples,
                                      self.joint_set)
            lifted = self.outputs(inputs)['joints3d_lifted']
            return dict(loss_lift=self.losses['lift'](lifted, *target))
        # Only the middle frame has targets, whatever is given out.
        middle = inputs['keypoints2d'].shape[1] // 2
        out = self._outputs(inputs, torch.tensor([middle]), with_mesh=True)
        rotmats = torch.cat([out['global_orient'], out['body_pose']], 2)
        return self.mesh_losses(
            out['mesh'][:, 0], rotmats[:, 0], out['betas'][:, 0],
            mesh_targets(self.body_model, data_samples, middle))

    def mesh_losses(self, mesh: Tensor, rotmats: Tensor, betas: Tensor,
                    targets: dict) -> dict:
        """The objective of the release's second stage.

        Args:
            mesh: ``(B, V, 3)`` metres.
            rotmats: ``(B, J, 3, 3)``.
            betas: ``(B, S)``.
            targets: See :func:`mesh_targets`.
        """
        joints = self.body_model.regress(mesh, TARGET_SET)
        losses = {
            f'loss_{name}': self.losses[name](pred, *targets[name])
            for name, pred in dict(
                mesh=mesh, joint=joints, pose=rotmats, shape=betas).items()
        }
        lengths = edge_lengths(mesh, self.body_model.faces)
        target = edge_lengths(targets['mesh'][0], self.body_model.faces)
        # The release masks no edges.
        losses['loss_edge'] = self.losses['edge'](lengths, target,
                                                  target.isfinite())
        return losses

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        """Samples with SPIN's body and, of the middle frame alone, the mesh.

        ``pred_vertices`` is what the release measures. It is there with
        ``output_frames='mid'`` only: other frames have no such mesh.
        """
        out = self.outputs(inputs)
        if self.stage == 'lifter':
            lifted = out['joints3d_lifted']
            return attach_predictions(
                data_samples,
                dict(joints3d_rel=lifted - lifted[..., [self.root_index], :]),
                torch.arange(lifted.shape[1]))
        samples = self.body_predictions(out, data_samples)
        if 'mesh' in out:
            vertices = out['mesh'] + out['transl'][:, :, None]
            for sample, mesh in zip(samples, vertices):
                sample.set_field(mesh, 'pred_vertices')
        return samples


def _mean_vertices(body_model, path: Optional[str]) -> Tensor:
    """``(V, 3)`` of the body's template, or of a file."""
    template = body_model.v_template
    if path is None:
        return template
    path = find_array_file(path)
    vertices = torch.as_tensor(np.load(path, allow_pickle=False))
    if vertices.shape != template.shape:
        raise ValueError(f'{path} should be {tuple(template.shape)}, but is '
                         f'{tuple(vertices.shape)}.')
    return vertices.to(template)
