# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""3x3 convolutions by fewer multiplications (arXiv:1509.09308)."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

TILE = 4  # output cells along a side, of 6 input cells
_POINTS = TILE + 2
# F(4 x 4, 3 x 3), section 4.3: transforms of input, kernel and output.
_INPUT = ((4., 0., -5., 0., 1., 0.), (0., -4., -4., 1., 1., 0.),
          (0., 4., -4., -1., 1., 0.), (0., -2., -1., 2., 1., 0.),
          (0., 2., -1., -2., 1., 0.), (0., 4., 0., -5., 0., 1.))
_KERNEL = ((1 / 4, 0., 0.), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6),
           (1 / 24, 1 / 12, 1 / 6), (1 / 24, -1 / 12, 1 / 6), (0., 0., 1.))
_OUTPUT = ((1., 1., 1., 1., 1., 0.), (0., 1., -1., 2., -2., 0.),
           (0., 1., 1., 4., 4., 0.), (0., 1., -1., 8., -8., 1.))


class WinogradConv2d(nn.Module):
    """A 3x3 convolution of stride 1 and padding 1, for inference.

    Tiles of 6 x 6 cells and kernels are transformed so that convolving them
    is 36 products of matrices, a quarter of the multiplications. Each
    transform is one product with a constant matrix over both axes of a tile.

    Args:
        weight: ``(out, in, 3, 3)``.
        bias: ``(out,)``.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        kernel = torch.tensor(_KERNEL, dtype=torch.float64)
        both = torch.kron(kernel, kernel)
        moved = both @ weight.detach().double().flatten(2).movedim(
            2, 0).cpu().flatten(1)
        self._keep('weight', moved.view(_POINTS**2, *weight.shape[:2]), weight)
        self._keep('bias', bias.detach(), weight)
        for name, matrix in (('into', _INPUT), ('out_of', _OUTPUT)):
            matrix = torch.tensor(matrix, dtype=torch.float64)
            self._keep(name, torch.kron(matrix, matrix), weight)

    def _keep(self, name: str, value: Tensor, like: Tensor) -> None:
        self.register_buffer(name, value.to(like).contiguous(), False)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, in, H, W)`` to ``(B, out, H, W)``."""
        batch, channels, height, width = x.shape
        rows, columns = -(-height // TILE), -(-width // TILE)
        x = F.pad(x,
                  (1, columns * TILE - width + 1, 1, rows * TILE - height + 1))
        # (6, 6, in, B, rows, columns): a tile begins every 4 cells.
        tiles = x.unfold(2, _POINTS,
                         TILE).unfold(3, _POINTS,
                                      TILE).permute(4, 5, 1, 0, 2,
                                                    3).reshape(_POINTS**2, -1)
        moved = (self.into @ tiles).view(_POINTS**2, channels, -1)
        out = torch.bmm(self.weight, moved)
        out = (self.out_of @ out.flatten(1)).view(TILE, TILE, -1, batch, rows,
                                                  columns)
        # (B, out, rows, 4, columns, 4)
        out = out.permute(3, 2, 4, 0, 5, 1).reshape(batch, -1, rows * TILE,
                                                    columns * TILE)
        return out[..., :height, :width] + self.bias[:, None, None]
