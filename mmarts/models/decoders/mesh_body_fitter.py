# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Body parameters of a mesh."""
import roma
import torch
from torch import Tensor, nn

from mmarts.body_models import SMPL
from mmarts.registry import MODELS
from mmarts.structures import BodyParams


@MODELS.register_module()
class MeshBodyFitter(nn.Module):
    """Finds pose, shape and place of a body whose vertices are given.

    Two closed forms take turns. Every joint's world rotation is turned so
    that the vertices it carries, weighted by their skin weights and around
    their mean, lie best on the target's. With rotations fixed, vertices are
    linear in shape and place: ridge least squares on the coarse mesh. A
    mesh that the body can make is a fixed point.

    Args:
        iterations: Turns.
        ridge: Pull of the betas to 0, metres squared a vertex.
    """

    def __init__(self, iterations: int = 15, ridge: float = 1e-7) -> None:
        super().__init__()
        self.iterations, self.ridge = iterations, ridge

    @torch.no_grad()
    def forward(self, vertices: Tensor, body: SMPL) -> BodyParams:
        """Fit.

        Args:
            vertices: ``(B, T, V, 3)`` metres.
            body: Whose vertices they are, in its order.

        Returns:
            Parameters ``(B, T, ...)``, ``transl`` among them.
        """
        frames = vertices.shape[:2]
        target = vertices.flatten(0, 1)
        count = len(target)
        world = torch.eye(3).to(target).expand(count, body.num_joints, 3, 3)
        betas = target.new_zeros(count, body.num_betas)
        transl = (target - body.v_template).mean(1)
        for _ in range(self.iterations):
            params = _params(world, betas, transl, body)
            world = _turned(body.vertices(params), target,
                            body.weights) @ world
            betas, transl = self._shape(world, target, body)
        params = _params(world, betas, transl, body)
        return params.map(lambda x: x.unflatten(0, frames))

    def _shape(self, world: Tensor, target: Tensor,
               body: SMPL) -> tuple[Tensor, Tensor]:
        """Betas and place for some rotations."""
        index = body.mesh_level('coarse').to(target.device)
        none = target.new_zeros(len(target), body.num_betas)

        def made(betas):
            return body.vertices(_params(world, betas, None, body), index)

        base = made(none)
        eye = torch.eye(body.num_betas).to(target)
        columns = torch.stack([made(none + row) - base for row in eye], -1)
        error = target[:, index] - base
        # What is left after the mean is for the shape to explain.
        offset = (columns - columns.mean(1, keepdim=True)).flatten(1, 2)
        wanted = (error - error.mean(1, keepdim=True)).flatten(1)[..., None]
        gram = offset.mT @ offset + self.ridge * len(index) * eye
        betas = torch.linalg.solve(gram, offset.mT @ wanted)[..., 0]
        rest = error - (columns @ betas[:, None, :, None])[..., 0]
        return betas, rest.mean(1)


def _params(world: Tensor, betas: Tensor, transl, body: SMPL) -> BodyParams:
    """Parent-relative rotations of world rotations."""
    parents = torch.tensor(body.parents[1:], device=world.device)
    local = world[:, parents].mT @ world[:, 1:]
    return BodyParams(world[:, :1], local, betas, transl)


def _turned(model: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Rotations ``(N, J, 3, 3)`` from vertices to where they should be."""
    weights = weights / weights.sum(0)
    own, wanted = weights.T @ model, weights.T @ target
    # sum_v w_vj y_v x_v^T for all joints: one product.
    outer = (target[..., None] * model[..., None, :]).flatten(-2)
    covariance = (weights.T @ outer).unflatten(-1, (3, 3))
    covariance = covariance - wanted[..., None] * own[..., None, :]
    return roma.special_procrustes(covariance)
