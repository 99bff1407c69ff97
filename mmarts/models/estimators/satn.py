# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SATN: self-attention temporal network over DSD features (ICCV 2019)."""
from typing import Optional

import torch
from torch import Tensor

from mmarts.registry import MODELS
from .crop_body import CropBodyEstimator


@MODELS.register_module()
class SATN(CropBodyEstimator):
    """Features of the frames of a video -> body parameters of each (3.3).

    Args:
        network: Config: ``feat`` (B, T, C) -> a feature of every frame;
            as :class:`SelfAttentionTemporalNet`.
        head: Config: that feature -> camera, rotations, shape.
        frame_network: Config, as :class:`SkeletonDetailNet`: makes ``feat``
            of pictures where they were not extracted before, or, as
            :class:`SkeletonDetailReader`, of what was extracted. It is not
            trained here.
        order_head: Config: tokens -> places. With it, and the loss
            ``order``, frames are shuffled in training and their order is to
            be recovered; the codes of the slots stay where they are.
        kwargs: Arguments of :class:`CropBodyEstimator`.

    Raises:
        ValueError: If only one of ``order_head`` and the loss ``order`` is
            there.
    """

    own_losses = ('order', )
    needs = ('feat', 'image')

    def __init__(self,
                 network: dict,
                 head: dict,
                 frame_network: Optional[dict] = None,
                 order_head: Optional[dict] = None,
                 num_frames: int = 9,
                 **kwargs) -> None:
        super().__init__(num_frames=num_frames, **kwargs)
        self.network = MODELS.build(network)
        self.head = MODELS.build(head)
        self.frame_network = frame_network and MODELS.build(frame_network)
        self.order_head = order_head and MODELS.build(order_head)
        if (self.order_head is None) == ('order' in self.losses):
            raise ValueError('Order recovery needs both `order_head` and the '
                             'loss "order"; set both, or neither.')
        if self.frame_network is not None:
            self.frame_network.requires_grad_(False)

    def train(self, mode: bool = True) -> 'SATN':
        """The frame network stays in evaluation."""
        super().train(mode)
        if self.frame_network is not None:
            self.frame_network.eval()
        return self

    def features(self, inputs: dict) -> Tensor:
        """``(B, T, C)``: those that came, or those of the pictures.

        Raises:
            KeyError: If only pictures came and there is no frame network.
        """
        network = self.frame_network
        reads = 'feat' if network is None else network.reads
        if 'feat' in inputs and (network is None or reads == 'image'):
            return inputs['feat']
        if network is None:
            raise KeyError("SATN got pictures, but has no frame network; "
                           'set `frame_network`, or extract features.')
        given = inputs[reads]
        with torch.no_grad():
            feat = network.features(given.flatten(0, 1))[1]
        return feat.unflatten(0, given.shape[:2])

    def outputs(self, inputs: dict) -> dict:
        """Of every frame, from the nine around it; ends repeat.

        Args:
            inputs: ``feat`` ``(B, T, C)``, or ``image`` ``(B, T, 3, H, W)``.

        Returns:
            What :meth:`read` gives.
        """
        return self.read(*self.head(self.network(self.features(inputs))))

    def loss(self, inputs: dict, data_samples: list) -> dict:
        """Eq. 5 on the middle frame and, if wanted, L_s on the order.

        Raises:
            ValueError: If the clips have not the nine frames of the network.
        """
        feat = self.features(inputs)
        if feat.shape[1] != self.network.frames:
            raise ValueError(
                f'SATN is trained on clips of {self.network.frames} frames, '
                f'but got {tuple(feat.shape)}; does the dataset have '
                '`num_frames`?')
        losses = {}
        if self.order_head is None:
            tokens = self.network.encode(feat)
        else:
            tokens, losses['loss_order'] = self._recover_order(feat)
        hidden = self.network.bring_together(feat, tokens)
        out = self.read(*self.head(hidden[:, None]))
        middle = torch.tensor([self.network.frames // 2])
        return dict(self.body_losses(out, data_samples, middle), **losses)

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        out = self.outputs(inputs)
        frames = torch.arange(out['cam'].shape[1])
        return self.body_predictions(out, inputs, data_samples, frames)

    def places(self, feat: Tensor) -> Tensor:
        """Scores ``(B, T, T)`` of the place of each frame of a clip.

        What is sorted are the frames as they lie in ``feat`` ``(B, T, C)``.
        """
        return self.order_head(self.network.encode(feat))

    def _recover_order(self, feat: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens of shuffled frames, put back, and the loss of their order.

        A slot's code stays when frames are shuffled, so that it tells
        nothing; the target is the place a slot's frame had.
        """
        perm = torch.rand(feat.shape[:2], device=feat.device).argsort(1)
        clip = torch.arange(len(feat), device=feat.device)[:, None]
        tokens = self.network.encode(feat[clip, perm])
        loss = self.losses['order'](self.order_head(tokens), perm)
        return tokens[clip, perm.argsort(1)], loss
