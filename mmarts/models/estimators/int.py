# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""INT: independent tokens for human mesh recovery (ICLR 2023)."""
from typing import Iterable, Optional, Sequence, Union

import torch
from torch import Tensor, nn

from mmarts.geometry.alignment import root_centre
from mmarts.geometry.camera import weak_to_translation
from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.models.losses.merge_groups import MERGE_RULES
from mmarts.registry import MODELS
from mmarts.structures import BodyParams, get_joint_set
from mmarts.utils.precision import no_autocast, widened
from .base import BaseEstimator, attach_predictions
from .int_terms import loss_terms


@MODELS.register_module()
class INT(BaseEstimator):
    """Pictures -> joint, shape and camera tokens -> body parameters.

    Args:
        tokens: Config: pictures -> tokens of every frame (3.2).
        heads: Config: tokens -> rotations, shape, camera.
        projection: Config: joints and camera -> crop.
        temporal: Config: joint tokens through time (3.3); None for a model
            of single images.
        losses: Name -> config, those of 3.4 that are wanted: ``joint``,
            ``keypoints2d``, ``pose``, ``shape``, ``norm``, ``velocity`` (the
            paper's temporal loss: how joints move from frame to frame).
        loss_root: Joints whose mean is the origin of predicted and true
            joints in ``joint`` and ``velocity``; the root of the joint set
            by default. The release takes the hips.
        merge: How clips and pictures of one batch are weighed:
            ``'pooled'``, a mean over everything that is valid, or
            ``'weighted-by-frames'``, the release's.
        kwargs: Arguments of :class:`BaseEstimator`.
    """

    def __init__(self,
                 tokens: dict,
                 heads: dict,
                 projection: dict,
                 temporal: Optional[dict] = None,
                 losses: Optional[dict] = None,
                 loss_root: Optional[Sequence[str]] = None,
                 merge: str = 'pooled',
                 joint_set: str = 'spin49',
                 **kwargs) -> None:
        super().__init__(joint_set=joint_set, **kwargs)
        self.tokens = MODELS.build(tokens)
        self.temporal = temporal and MODELS.build(temporal)
        self.heads = MODELS.build(heads)
        self.projection = MODELS.build(projection)
        joints = get_joint_set(joint_set)
        self.root_index = joints.root_index
        self.loss_root = joints.index(*(loss_root or [joints.root]))
        if merge not in MERGE_RULES:
            raise ValueError(f'`merge` should be one of {list(MERGE_RULES)}, '
                             f'but is "{merge}".')
        self.merge = merge
        self.losses = nn.ModuleDict({
            name: MODELS.build(loss)
            for name, loss in (losses or {}).items() if loss
        })

    def outputs(self, inputs: dict) -> dict:
        """Everything of :meth:`read`, from pictures.

        Args:
            inputs: ``image`` ``(B, T, 3, H, W)``: crops, normalised as the
                CNN of the tokens expects; T = 1 for a still. Without it,
                ``feat``, what was made of them before: their tokens
                ``(B, T, (J + 2) C)``, then the base model is not run and
                does not learn, or what its CNN keeps.
        """
        if 'image' in inputs:
            return self.read(*self.tokens(inputs['image']))
        return self.read(*self.tokens.from_kept(inputs['feat']))

    def read(self, joints: Tensor, shape: Tensor, camera: Tensor) -> dict:
        """From the tokens of every frame, which need be made only once.

        Args:
            joints: ``(B, T, J, C)``.
            shape, camera: ``(B, T, C)``.

        Returns:
            ``rot6d`` ``(B, T, J, 6)``, ``global_orient``, ``body_pose``,
            ``betas`` ``(B, T, S)``, ``cam`` ``(B, T, 3)``,
            ``joints3d_posed`` ``(B, T, K, 3)`` (metres, camera axes, body
            at its rest place), ``keypoints2d_crop`` ``(B, T, K, 2)``.
        """
        if self.temporal is not None:
            joints = self.temporal(joints)
        rot6d, betas, cam = map(widened, self.heads(joints, shape, camera))
        with no_autocast(rot6d):
            rotmats = rot6d_to_rotmat(rot6d)
            params = BodyParams(rotmats[:, :, :1], rotmats[:, :, 1:], betas)
            posed = self.body_model.joints(params, self.joint_set)
            keypoints2d = self.projection(posed, cam)
        return dict(
            rot6d=rot6d,
            global_orient=params.global_orient,
            body_pose=params.body_pose,
            betas=betas,
            cam=cam,
            joints3d_posed=posed,
            keypoints2d_crop=keypoints2d)

    def loss(self, inputs: Union[dict, list[dict]],
             data_samples: list) -> dict:
        """Losses of 3.4 over what has a target; see :func:`loss_terms`.

        The pose is compared by its matrices, as in the release: the paper's
        theta, but without its jumps.

        Args:
            inputs: See :meth:`outputs`; or a list of them, where clips and
                pictures come together.
            data_samples: Of the inputs; then a list of lists.
        """
        if isinstance(inputs, dict):
            inputs, data_samples = [inputs], [data_samples]
        return self.losses_of(map(self.outputs, inputs), data_samples)

    def losses_of(self, outs: Iterable[dict], data_samples: list) -> dict:
        """Losses of the outputs of several groups of samples."""
        groups = []
        for out, samples in zip(outs, data_samples):
            terms = loss_terms(out, samples, self.loss_root)
            groups.append({name: terms[name]() for name in self.losses})
        merged = MERGE_RULES[self.merge](self.losses, groups)
        return {f'loss_{name}': value for name, value in merged.items()}

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        """Samples with body parameters, and joints in the camera frame.

        Args:
            inputs: ``image``; ``box_centre`` ``(B, T, 2)`` and ``box_size``
                ``(B, T)`` of the crops, and ``K`` ``(B, 3, 3)``, pixels of
                the whole picture.
        """
        out = self.outputs(inputs)
        transl = weak_to_translation(out['cam'], inputs['box_centre'],
                                     inputs['box_size'], inputs['K'][:, None])
        posed = out['joints3d_posed']
        names = ('global_orient', 'body_pose', 'betas')
        predictions = dict({name: out[name]
                            for name in names},
                           transl=transl,
                           joints3d=posed + transl[:, :, None],
                           joints3d_rel=root_centre(posed, self.root_index))
        return attach_predictions(data_samples, predictions,
                                  torch.arange(posed.shape[1]))

    def _check(self, inputs: Union[dict, list[dict]],
               data_samples: Optional[list]) -> None:
        if not isinstance(inputs, dict):
            for group in zip(inputs, data_samples):
                self._check(*group)
            return
        if 'image' not in inputs and 'feat' not in inputs:
            raise KeyError(
                "INT expects inputs['image'] (B, T, 3, H, W), or what was "
                "kept of them in inputs['feat'], but the inputs are "
                f'{sorted(inputs)}; does the dataset load pictures?')
        self._check_body(data_samples)
