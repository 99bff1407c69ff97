# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""DSD: the skeleton disentangled from the details (ICCV 2019, 3.2)."""
from typing import Optional

import torch
from torch import Tensor

from mmarts.models.disentangle.fold_norms import folded
from mmarts.registry import MODELS
from .crop_body import CropBodyEstimator, discard_norm_statistics

NORM_STATISTICS = ('running', 'batch')


@MODELS.register_module()
class DSD(CropBodyEstimator):
    """Pictures -> skeleton and details -> body parameters, frame by frame.

    Args:
        network: Config, as :class:`SkeletonDetailNet`, or as
            :class:`SkeletonDetailReader`, which reads ``feat``. Its head
            decides which row of Table 2 this is.
        bn_eval: Statistics that batch norm uses outside of training:
            ``'running'``, or ``'batch'``, with which results depend on
            the batch (4.2: the authors discard the learned ones).
        kwargs: Arguments of :class:`CropBodyEstimator`; the loss
            ``skeleton`` (L_2DJ) is on the network's own skeleton,
            ``skeleton_depth`` on its depth, if it has one.
    """

    own_losses = ('skeleton', 'skeleton_depth')

    def __init__(self,
                 network: dict,
                 bn_eval: str = 'running',
                 **kwargs) -> None:
        super().__init__(**kwargs)
        if bn_eval not in NORM_STATISTICS:
            raise ValueError(f'bn_eval should be one of {NORM_STATISTICS}, '
                             f'but is "{bn_eval}".')
        self.bn_eval = bn_eval
        self.network = MODELS.build(network)

    @property
    def needs(self) -> tuple[str]:
        """The input that is read."""
        return self.network.reads,

    def train(self, mode: bool = True) -> 'DSD':
        """Training, or evaluation with the statistics of ``bn_eval``."""
        super().train(mode)
        discard_norm_statistics(self.network, False)
        if mode:
            # The call before has put norms into evaluation.
            self.network.train()
        elif self.bn_eval == 'batch':
            discard_norm_statistics(self.network, True)
        return self

    def outputs(self, inputs: dict) -> dict:
        """Everything the left half of Figure 2 shows.

        Args:
            inputs: ``image`` ``(B, T, 3, H, W)``: crops, as the data
                preprocessor normalises them; or, for a
                :class:`SkeletonDetailReader`, ``feat`` ``(B, T, C')``.

        Returns:
            ``skeleton`` ``(B, T, K, 2)`` (3 with depth) in [-1, 1], ``feat``
            ``(B, T, C)``, the feature SATN reads, and what :meth:`read`
            gives.
        """
        given = inputs[self.network.reads]
        skeleton, feat, *theta = (
            x.unflatten(0, given.shape[:2])
            for x in self.network(given.flatten(0, 1)))
        return dict(self.read(*theta), skeleton=skeleton, feat=feat)

    def loss(self, inputs: dict, data_samples: list) -> dict:
        """Eq. 5, L_2DJ and, in adversarial training, the discriminator's.

        Beside the targets of :meth:`body_losses`, ``skeleton_depth`` asks
        for ``cam``: depth is that of root-centred joints, in units of the
        crop, as scaled orthography makes them.
        """
        out = self.outputs(inputs)
        frames = torch.arange(out['cam'].shape[1])
        losses = self.body_losses(out, data_samples, frames)
        if 'skeleton' in self.losses:
            losses['loss_skeleton'] = self.losses['skeleton'](
                *self.target(data_samples, 'keypoints2d_crop', out['skeleton'][
                    ..., :2], frames))
        if 'skeleton_depth' in self.losses:
            losses['loss_skeleton_depth'] = self.losses['skeleton_depth'](
                *self._depths(out, data_samples, frames))
        return losses

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        out = self.outputs(inputs)
        frames = torch.arange(out['cam'].shape[1])
        return self.body_predictions(out, inputs, data_samples, frames)

    def fold(self, dtype: Optional[torch.dtype] = None) -> 'DSD':
        """Fold norms into convolutions, for inference; not to be undone.

        Args:
            dtype: That of ``torch.autocast`` around later calls, if any.

        Raises:
            ValueError: If the norms are to use the batch's statistics.
        """
        if self.bn_eval != 'running':
            raise ValueError('Norms that use the statistics of the batch '
                             '(bn_eval="batch") cannot be folded.')
        self.eval()
        self.network = folded(self.network, dtype)
        return self

    def _depths(self, out: dict, data_samples: list,
                frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        _, joints, valid = self.target(data_samples, 'joints3d_rel',
                                       out['joints3d_posed'], frames)
        _, cam, known = self.target(data_samples, 'cam', out['cam'], frames)
        return (out['skeleton'][..., 2], cam[..., :1] * joints[..., 2],
                valid & known[..., None])
