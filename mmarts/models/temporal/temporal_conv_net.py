# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Temporal convolutions from a clip to its middle frame (1811.11742)."""
import torch
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class TemporalConvNet(nn.Module):
    """Two blocks without padding: 9 frames in, one out.

    The first is a convolution of three frames; the second one of three
    frames that lie three apart and one of one frame, around a shortcut.

    Args:
        in_dim: Channels of the input.
        dim: Channels inside and of the output.
        dropout: Rate in training.
        plain_residual: Whether the second block has convolutions only, as
            released; by default each is followed by a norm, ReLU and
            dropout, as in the paper's source.
    """

    frames = 9

    def __init__(self,
                 in_dim: int = 512,
                 dim: int = 1024,
                 dropout: float = 0.25,
                 plain_residual: bool = False) -> None:
        super().__init__()
        self.dim = dim

        def after(plain=False):
            if plain:
                return []
            return [
                nn.BatchNorm1d(dim),
                nn.ReLU(inplace=True),
                nn.Dropout(dropout)
            ]

        self.expand = nn.Sequential(
            nn.Conv1d(in_dim, dim, 3, bias=False), *after())
        self.residual = nn.Sequential(
            nn.Conv1d(dim, dim, 3, dilation=3, bias=False),
            *after(plain_residual), nn.Conv1d(dim, dim, 1, bias=False),
            *after(plain_residual))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, T, in_dim)``, ``T`` at least 9, to ``(B, T - 8, dim)``.

        Raises:
            ValueError: For shorter clips.
        """
        if x.shape[1] < self.frames:
            raise ValueError(f'TemporalConvNet expects (B, T, C) with at '
                             f'least {self.frames} frames, but got '
                             f'{tuple(x.shape)}.')
        x = self.expand(x.mT)
        return (x[..., 3:-3] + self.residual(x)).mT


def edge_windows(feat: Tensor, length: int) -> Tensor:
    """A window around every frame: ``(B, T, C)`` to ``(B, T, length, C)``.
    """
    return feat[:, edge_index(feat, length)]


def edge_index(feat: Tensor, length: int) -> Tensor:
    """Frames of the windows around every frame; ends repeat the edge frame.

    Args:
        feat: ``(B, T, C)``.
        length: Frames of a window, odd.

    Returns:
        ``(T, length)``; the middle of window ``t`` is frame ``t``.
    """
    num_frames = feat.shape[1]
    around = torch.arange(length, device=feat.device) - length // 2
    index = torch.arange(num_frames, device=feat.device)[:, None] + around
    return index.clamp(0, num_frames - 1)
