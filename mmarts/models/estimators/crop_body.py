# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What DSD and SATN share: from camera, rotations and shape to losses."""
from typing import Callable, Optional, Sequence

from torch import Tensor, nn
from torch.func import functional_call

from mmarts.geometry.alignment import root_centre
from mmarts.geometry.camera import weak_to_translation
from mmarts.registry import DATASETS, MODELS
from mmarts.structures import BodyParams, get_joint_set
from mmarts.utils.precision import no_autocast, widened
from .base import BaseEstimator, attach_predictions, stack_targets

# Losses with a prediction, a target and a mask, by their names in configs.
BODY_LOSSES = ('pose', 'joint', 'keypoints2d', 'shape')


class CropBodyEstimator(BaseEstimator):
    """Posing, projection, the losses of eq. 5 and predictions.

    Args:
        projection: Config: joints and camera -> crop.
        losses: Name -> config, those of eq. 5 (DSD-SATN, ICCV 2019) that are
            wanted: ``pose`` (L_pm, rotation matrices without the root),
            ``joint`` (L_3d), ``keypoints2d`` (L_2d), ``adversarial`` (L_r);
            ``shape`` is not in the paper.
        discriminator: Config; asked for by ``adversarial``. Its parameters
            are trained beside the network's by ``AdversarialConstructor``.
        real_poses: Config of what the discriminator is to take for real.
        loss_root: Joints whose mean is the origin of both skeletons in
            ``joint``; the root of the joint set by default.
        kwargs: Arguments of :class:`BaseEstimator`.

    Raises:
        ValueError: For a loss of another name, or ``adversarial`` without
            its parts.
    """

    # Further losses of a subclass, and inputs of which it reads one.
    own_losses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def __init__(self,
                 projection: dict,
                 losses: Optional[dict] = None,
                 discriminator: Optional[dict] = None,
                 real_poses: Optional[dict] = None,
                 loss_root: Optional[Sequence[str]] = None,
                 joint_set: str = 'lsp14',
                 **kwargs) -> None:
        super().__init__(joint_set=joint_set, **kwargs)
        joints = get_joint_set(joint_set)
        self.root_index = joints.root_index
        self.loss_root = joints.index(*(loss_root or [joints.root]))
        self.projection = MODELS.build(projection)
        self.losses = nn.ModuleDict({
            name: MODELS.build(loss)
            for name, loss in (losses or {}).items() if loss
        })
        known = BODY_LOSSES + ('adversarial', ) + self.own_losses
        unknown = set(self.losses) - set(known)
        if unknown:
            raise ValueError(f'{type(self).__name__} has the losses {known}, '
                             f'but got {sorted(unknown)}.')
        self.discriminator = self.real_poses = None
        if 'adversarial' in self.losses:
            if discriminator is None or real_poses is None:
                raise ValueError(
                    'The loss "adversarial" needs `discriminator` and '
                    '`real_poses`; set both, or the loss to None.')
            self.discriminator = MODELS.build(discriminator)
            self.real_poses = DATASETS.build(
                dict(real_poses, body_model=self.body_model))

    def read(self, cam: Tensor, rotmat: Tensor, betas: Tensor) -> dict:
        """Pose the body and project it.

        Args:
            cam: ``(B, T, 3)`` (s, tx, ty), mmarts' convention.
            rotmat: ``(B, T, J, 3, 3)``, the root first.
            betas: ``(B, T, S)``.

        Returns:
            ``cam``, ``global_orient``, ``body_pose``, ``betas``,
            ``joints3d_posed`` ``(B, T, K, 3)`` (metres, camera axes, body at
            its rest place), ``keypoints2d_crop`` ``(B, T, K, 2)``.
        """
        cam, rotmat, betas = map(widened, (cam, rotmat, betas))
        with no_autocast(rotmat):
            params = BodyParams(rotmat[:, :, :1], rotmat[:, :, 1:], betas)
            posed = self.body_model.joints(params, self.joint_set)
            keypoints2d = self.projection(posed, cam)
        return dict(
            cam=cam,
            global_orient=params.global_orient,
            body_pose=params.body_pose,
            betas=betas,
            joints3d_posed=posed,
            keypoints2d_crop=keypoints2d)

    def body_losses(self, out: dict, data_samples: list,
                    frames: Tensor) -> dict:
        """The losses of eq. 5 over what has a target.

        Targets are ``joints3d_rel``, ``keypoints2d_crop``, ``body_pose`` and
        ``betas``; a sample without one of them is masked.

        Args:
            out: Of :meth:`read`.
            data_samples: ``B`` samples of ``T`` frames.
            frames: ``(T_out,)`` which of them ``out`` is of.
        """
        terms = self._terms(out, data_samples, frames)
        losses = {
            f'loss_{name}': self.losses[name](*terms[name]())
            for name in BODY_LOSSES if name in self.losses
        }
        if self.discriminator is not None:
            losses.update(self._adversarial_losses(out))
        return losses

    def target(self, data_samples: list, name: str, pred: Tensor,
               frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A prediction, its target and its mask at the given frames."""
        num_frames = len(data_samples[0].frame_index)
        like = pred[:, :1].expand(-1, num_frames, *pred.shape[2:])
        target, valid = stack_targets(data_samples, name, like)
        return pred, target[:, frames], valid[:, frames]

    def body_predictions(self, out: dict, inputs: dict,
                         data_samples: Optional[list], frames: Tensor) -> list:
        """Samples with body parameters; placed, where crops are known.

        Args:
            out: Of :meth:`read`.
            inputs: ``box_centre`` ``(B, T, 2)``, ``box_size`` ``(B, T)`` of
                the crops and ``K`` ``(B, 3, 3)``, pixels of the picture;
                without them there is no ``transl`` and no ``joints3d``.
            data_samples: ``B`` samples, or None.
            frames: ``(T_out,)``.
        """
        posed = out['joints3d_posed']
        names = ('global_orient', 'body_pose', 'betas')
        predictions = {name: out[name] for name in names}
        predictions['joints3d_rel'] = root_centre(posed, self.root_index)
        if {'box_centre', 'box_size', 'K'} <= inputs.keys():
            transl = weak_to_translation(out['cam'],
                                         inputs['box_centre'][:, frames],
                                         inputs['box_size'][:, frames],
                                         inputs['K'][:, None])
            predictions.update(
                transl=transl, joints3d=posed + transl[:, :, None])
        return attach_predictions(data_samples, predictions, frames)

    def _terms(self, out: dict, data_samples: list,
               frames: Tensor) -> dict[str, Callable]:

        def joints():
            posed = out['joints3d_posed']
            _, target, valid = self.target(data_samples, 'joints3d_rel', posed,
                                           frames)
            rooted = valid[..., self.loss_root].all(-1, keepdim=True)
            return (root_centre(posed, self.loss_root),
                    root_centre(target, self.loss_root), valid & rooted)

        def same(name):
            return self.target(data_samples, name, out[name], frames)

        return dict(
            joint=joints,
            pose=lambda: same('body_pose'),
            shape=lambda: same('betas'),
            keypoints2d=lambda: same('keypoints2d_crop'))

    def _adversarial_losses(self, out: dict) -> dict:
        """L_r, and the discriminator's own loss, for one backward pass.

        Neither touches the other's parameters: the first sees the
        discriminator's weights, the second the predictions, as constants.
        """
        pose, betas = (
            out[name].flatten(0, 1) for name in ('body_pose', 'betas'))
        frozen = {
            name: value.detach()
            for name, value in self.discriminator.named_parameters()
        }
        fooled = functional_call(self.discriminator, frozen, (pose, betas))
        real = [x.to(pose) for x in self.real_poses.draw(len(pose))]
        fake = self.discriminator(pose.detach(), betas.detach())
        loss = self.losses['adversarial']
        return dict(
            loss_adversarial=loss(fooled),
            loss_discriminator=loss.discriminator(fake,
                                                  self.discriminator(*real)))

    def _check(self, inputs: dict, data_samples: Optional[list]) -> None:
        if not any(name in inputs for name in self.needs):
            raise KeyError(
                f'{type(self).__name__} expects inputs with '
                f'{" or ".join(self.needs)}, but got {sorted(inputs)}; does '
                'the dataset load them?')
        self._check_body(data_samples)


def discard_norm_statistics(module: nn.Module, discard: bool) -> None:
    """Make batch norms of a module in ``eval()`` use the batch, or not.

    Running statistics stay as they are, unlike in training mode.
    """
    for norm in module.modules():
        if isinstance(norm, nn.modules.batchnorm._BatchNorm):
            norm.training = discard
            norm.track_running_stats = not discard
