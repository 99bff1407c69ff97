# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The shape of one body on another of the same mesh."""
import torch
from torch import Tensor

from .smpl import SMPL


def transfer_betas(betas: Tensor, source: SMPL, target: SMPL) -> Tensor:
    """Betas of ``target`` whose unposed mesh is nearest to that of ``source``.

    Least squares over all vertices, up to a translation: SMPL's male, female
    and neutral bodies have one mesh and three shape spaces.

    Args:
        betas: ``(..., S)`` of the source.
        source: Body that they belong to.
        target: Body that is asked for.

    Returns:
        ``(..., S_target)``.

    Raises:
        ValueError: If the bodies have different meshes.
    """
    if not torch.equal(source.faces.cpu(), target.faces.cpu()):
        raise ValueError(f'Bodies "{source.body_model_id}" and '
                         f'"{target.body_model_id}" have different meshes.')

    # Centimetres squared and summed: float64 keeps the digits.
    wanted = (source.shaped_vertices(betas) - target.v_template).double()
    wanted = wanted - wanted.mean(-2, keepdim=True)
    basis = target.shapedirs.double()
    basis = (basis - basis.mean(0)).flatten(0, 1)
    return (wanted.flatten(-2) @ torch.linalg.pinv(basis).T).to(betas)
