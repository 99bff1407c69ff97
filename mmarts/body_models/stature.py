# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How tall a body of some shape stands, and shapes of a given stature."""
from torch import Tensor

from .kinematics import bone_lengths
from .smpl import SMPL

UP = 1  # the rest pose of SMPL's family stands along y
_TURNS, _CLOSE = 20, 1e-5  # metres


def stature(body: SMPL, betas: Tensor) -> Tensor:
    """Height ``(...)`` of the rest mesh of betas ``(..., S)``, metres."""
    height = body.shaped_vertices(betas)[..., UP]
    return height.amax(-1) - height.amin(-1)


def with_stature(body: SMPL, betas: Tensor, height: float) -> Tensor:
    """The nearest shapes that stand ``height`` metres tall.

    Nearest in betas, whose unit is a standard deviation of people: what
    changes least to explain the stature. One camera of unknown distance
    cannot tell a tall person from a near one, so a stature that is known
    says more than any network.

    Args:
        body: Whose shapes these are.
        betas: ``(..., S)``.
        height: Metres.

    Raises:
        ValueError: If the shape space has no such body.
    """
    for _ in range(_TURNS):
        mesh = body.shaped_vertices(betas)[..., UP]
        missing = height - (mesh.amax(-1) - mesh.amin(-1))
        if missing.abs().max() < _CLOSE:
            return betas
        # Linear as long as the same vertices are the highest and lowest.
        rows = body.shapedirs[:, UP]
        slope = rows[mesh.argmax(-1)] - rows[mesh.argmin(-1)]
        steepness = slope.square().sum(-1).clamp(min=1e-12)
        betas = betas + (missing / steepness)[..., None] * slope
    raise ValueError(f'No shape of "{body.body_model_id}" was found that '
                     f'stands {height} m tall.')


def relative_bones(body: SMPL, betas: Tensor) -> Tensor:
    """Bones of the kinematic tree over the stature, ``(..., J-1)``."""
    tree = [(p, j) for j, p in enumerate(body.parents) if p >= 0]
    lengths = bone_lengths(body.rest_joints(betas), tree)
    return lengths / stature(body, betas)[..., None]
