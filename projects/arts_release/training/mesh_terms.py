# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Terms on triangle meshes that the release computes.

Only edge lengths are in its objective; normals and the Laplacian are logged
there, or not called at all.
"""
import torch
from torch import Tensor
from torch.nn import functional as F

_CORNERS = ((0, 1), (0, 2), (1, 2))


def edge_lengths(vertices: Tensor, faces: Tensor) -> Tensor:
    """``(..., V, 3)`` and faces ``(F, 3)`` to lengths ``(..., 3, F)``.

    An edge that two faces share is there twice.
    """
    return _edges(vertices, faces).norm(dim=-1)


def normal_error(pred: Tensor, target: Tensor, faces: Tensor) -> Tensor:
    """How far predicted edges leave the planes of the target's faces.

    Args:
        pred, target: ``(..., V, 3)`` metres.
        faces: ``(F, 3)``.

    Returns:
        ``(..., 3, F)``, ``|cos|`` of the angle between each edge of the
        prediction and the normal of that face in the target.
    """
    ends = _edges(target, faces)
    normal = torch.linalg.cross(
        *F.normalize(ends[..., :2, :, :], dim=-1).unbind(-3))
    normal = F.normalize(normal, dim=-1)[..., None, :, :]
    return (F.normalize(_edges(pred, faces), dim=-1) * normal).sum(-1).abs()


def laplacian_energy(vertices: Tensor, faces: Tensor) -> Tensor:
    """Mean squared distance of vertices from the mean of their neighbours.

    Args:
        vertices: ``(V, 3)`` metres.
        faces: ``(F, 3)``.

    Returns:
        Scalar, square metres.
    """
    pairs = torch.cat([faces[:, list(c)] for c in _CORNERS])
    pairs = torch.cat([pairs, pairs.flip(1)]).unique(dim=0)
    place, neighbour = pairs.unbind(1)
    total = torch.zeros_like(vertices).index_add_(0, place,
                                                  vertices[neighbour])
    count = torch.bincount(place, minlength=len(vertices)).clamp(min=1)
    return (vertices - total / count[:, None]).square().sum(-1).mean()


def _edges(vertices: Tensor, faces: Tensor) -> Tensor:
    """``(..., 3, F, 3)``: three edges of every face."""
    corners = [vertices[..., faces[:, i], :] for i in range(3)]
    return torch.stack([corners[b] - corners[a] for a, b in _CORNERS], -3)
