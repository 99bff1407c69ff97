# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Which place of the sequence a shuffled frame came from (DSD-SATN, 3.3)."""
from torch import Tensor, nn

from mmarts.registry import MODELS


@MODELS.register_module()
class OrderHead(nn.Module):
    """Three convolutions over the slots, then three linear layers.

    The paper gives these numbers of layers; kernel, channels and ReLU are a
    choice.

    Args:
        in_dim: Channels of a token.
        num_frames: Frames of a clip: the classes.
        dim: Channels inside.
    """

    def __init__(self,
                 in_dim: int = 512,
                 num_frames: int = 9,
                 dim: int = 256) -> None:
        super().__init__()
        layers = []
        for before in (in_dim, dim, dim):
            layers += [nn.Conv1d(before, dim, 3, padding=1), nn.ReLU()]
        self.convs = nn.Sequential(*layers)
        self.linears = nn.Sequential(
            nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, dim), nn.ReLU(),
            nn.Linear(dim, num_frames))

    def forward(self, tokens: Tensor) -> Tensor:
        """``(B, T, in_dim)`` tokens to ``(B, T, num_frames)`` logits."""
        return self.linears(self.convs(tokens.mT).mT)


@MODELS.register_module()
class LinearOrderHead(nn.Linear):
    """The release's: one linear layer a token, without bias.

    Args:
        in_dim: Channels of a token.
        num_frames: Frames of a clip: the classes.
    """

    def __init__(self, in_dim: int = 512, num_frames: int = 9) -> None:
        super().__init__(in_dim, num_frames, bias=False)
