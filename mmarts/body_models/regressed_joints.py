# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joints that are read off the mesh, computed without the mesh."""
from typing import Optional

import torch
from torch import Tensor, nn

from .kinematics import product, samples_first, samples_last


class RegressedJoints(nn.Module):
    """A joint regressor composed with linear blend skinning.

    A regressed joint is linear in the vertices and a skinned vertex is
    linear in its shaped position, so with regressor ``R``, skin weights
    ``W`` and world motion ``(G_j, p_j)`` of joint ``j`` at rest ``r_j``::

        x_k = sum_j G_j (c_kj - w_kj r_j) + w_kj p_j
        w_kj = sum_v R_kv W_vj,   c_kj = sum_v R_kv W_vj v_v(beta, pose)

    ``c`` is affine in the shape and in the pose correctives, so it is made
    of constants found once. The result equals regressing the full mesh, at
    a hundredth of its cost; only pairs ``(k, j)`` with weight are kept.

    Args:
        matrix: ``(K, V)`` regressor.
        weights: ``(V, J)`` skin weights.
        v_template: ``(V, 3)`` metres.
        shapedirs: ``(V, 3, S)``.
        posedirs: ``(V, 3, P)``, or None for a body without correctives.
    """

    def __init__(self, matrix: Tensor, weights: Tensor, v_template: Tensor,
                 shapedirs: Tensor, posedirs: Optional[Tensor]) -> None:
        super().__init__()
        mix = matrix.double()[:, :, None] * weights.double()
        joint_of_set, body_joint = mix.any(1).nonzero(as_tuple=True)
        # (P, V): how much each vertex counts for each kept pair.
        pairs = mix[joint_of_set, :, body_joint]

        def keep(key, value):
            self.register_buffer(key, value, persistent=False)

        keep('matrix', matrix)
        keep('body_joint', body_joint)
        keep('pair_weight', pairs.sum(1).to(matrix))
        keep('template', (pairs @ v_template.double()).to(matrix))
        keep('shape',
             torch.einsum('pv,vcs->pcs', pairs, shapedirs.double()).to(matrix))
        if posedirs is not None:
            keep(
                'pose',
                torch.einsum('pv,vcq->pcq', pairs,
                             posedirs.double()).to(matrix))
        collect = torch.zeros(len(matrix), len(pairs))
        collect[joint_of_set, torch.arange(len(pairs))] = 1
        keep('collect', collect.to(matrix))

    def forward(self, betas: Tensor, rest: Tensor, turns: Tensor,
                joints: Tensor, pose_feature: Optional[Tensor]) -> Tensor:
        """Place the joint set of posed bodies.

        Args:
            betas: ``(..., S)``; its leading axes and those of ``rest``
                broadcast against the others'.
            rest: ``(..., J, 3)`` unposed body joints, metres.
            turns: ``(..., J, 3, 3)`` world rotations.
            joints: ``(..., J, 3)`` posed body joints, metres.
            pose_feature: ``(..., P)`` entries of ``R - I``, or None.

        Returns:
            ``(..., K, 3)`` metres.
        """
        at, leading = self.body_joint, turns.shape[:-3]
        local = self.template + torch.einsum('pcs,...s->...pc', self.shape,
                                             betas)
        if pose_feature is not None:
            local = local + torch.einsum('pcq,...q->...pc', self.pose,
                                         pose_feature)
        weight = self.pair_weight[:, None]
        local = local - weight * rest.index_select(-2, at)
        local = samples_last(local.expand(*leading, -1, -1), 1)
        moved = product(
            samples_last(turns, 2).index_select(2, at), local,
            weight * samples_last(joints, 1).index_select(1, at))
        return samples_first(self.collect @ moved, leading)
