# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A joint regressor whose joints lie elsewhere on the same bones."""
import torch
from torch import Tensor

# Share of its weight that a vertex needs in a joint to move with its bone.
_RIGID = 0.95


def shifted_regressor(matrix: Tensor, offsets: Tensor, owners: list[int],
                      weights: Tensor, v_template: Tensor) -> Tensor:
    """Move regressed joints by offsets that turn with a bone.

    What is added to a row is the smallest combination, of sum 0, of the
    vertices that move with the bone alone.

    Args:
        matrix: ``(K, V)`` regressor.
        offsets: ``(K, 3)`` metres, axes of the unposed body.
        owners: Joint of the body that each offset turns with.
        weights: ``(V, J)`` skin weights.
        v_template: ``(V, 3)`` metres.

    Returns:
        ``(K, V)``. Shape changes the offset along with the bone's surface.
    """
    shifted = matrix.double().clone()
    for row, (offset, owner) in enumerate(zip(offsets.double(), owners)):
        rigid = (weights[:, owner] > _RIGID).nonzero()[:, 0]
        points = v_template[rigid].double()
        system = torch.cat([points.T, torch.ones(1, len(rigid))])
        wanted = torch.cat([offset, torch.zeros(1)])
        shifted[row, rigid] += torch.linalg.pinv(system) @ wanted
    return shifted.to(matrix)
