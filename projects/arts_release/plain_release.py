# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release with all that it computes for nothing: to be timed against."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.structures import BodyParams
from .models import ARTSRelease, IterativeRegressor
from .models.flow_ik import unit_pairs
from .models.mesh_residual import AxisConv, TokenReadout
from .weights import alternating_masks

_SHAPE_INPUTS = 10


class PlainRelease(nn.Module):
    """What the released code does for a batch of windows, step by step.

    Beside the network itself: all frames behind the lifter although one is
    used; flows that multiply by masks; SPIN's regressor a second time inside
    the inverse kinematics; three passes of the body over all frames; joints
    that the mesh branch drops. Layers that the network has are shared with
    it, the others are random: times are all that it is for.

    Args:
        model: The network, in stage ``'full'``.
    """

    def __init__(self, model: ARTSRelease) -> None:
        super().__init__()
        self.model = model
        ik, branch = model.pose_ik, model.mesh_residual
        self.flows = nn.ModuleList((
            MaskedFlow(ik.joints_to_swing.dim, _SHAPE_INPUTS),
            MaskedFlow(ik.swing_to_rotation.dim),
        ))
        self.inner_regressor = IterativeRegressor()
        block = branch.blocks[0]
        self.joint_readouts = nn.ModuleList(
            TokenReadout(block.readout.mix.in_features, ik.num_joints,
                         block.embed_joints.out_features)
            for _ in branch.blocks)

    def forward(self, keypoints2d_norm: Tensor, feat: Tensor) -> Tensor:
        """``(B, T, K, 2)`` and ``(B, T, C)`` to meshes ``(B, V, 3)``."""
        model = self.model
        joints = model.lifter(keypoints2d_norm, feat)
        frames = torch.arange(joints.shape[1])
        _, _, motion = model.skeleton_parts(joints)
        fused = model.motion_attention(motion, feat, frames)
        rot6d = self._inverse_kinematics(joints, fused)
        betas = model.shape_fitter(joints)
        rot6d, betas, _ = model.regressor(fused, rot6d, betas)
        middle = len(frames) // 2
        vertices = self._body(rot6d, betas)[:, middle]
        return (vertices +
                self._branch(joints[:, middle], feat[:, middle])) / 2

    def _inverse_kinematics(self, joints: Tensor, fused: Tensor) -> Tensor:
        ik = self.model.pose_ik
        swing = self.flows[0](ik.flow_input(joints).flatten(0, 1))
        twist = unit_pairs(ik.twist(fused)).flatten(-2).flatten(0, 1)
        pose = self.flows[1](torch.cat([swing[:, :ik.swing_dim], twist], -1))
        rot6d = pose[:, :ik.swing_dim].unflatten(-1, (-1, 6))
        rot6d = rot6d.unflatten(0, joints.shape[:2])
        betas = fused.new_zeros(len(fused), 10)
        inner, shape, _ = self.inner_regressor(fused, rot6d, betas)
        self._body(inner, shape)
        self._body(rot6d, shape)
        return rot6d

    def _body(self, rot6d: Tensor, betas: Tensor) -> Tensor:
        """Meshes and 49 joints of all frames."""
        body, turns = self.model.body_model, rot6d_to_rotmat(rot6d)
        params = BodyParams(turns[:, :, :1], turns[:, :, 1:], betas)
        vertices = body.vertices(params)
        body.regress(vertices, 'h36m17')
        return vertices

    def _branch(self, joints: Tensor, feat: Tensor) -> Tensor:
        branch = self.model.mesh_residual
        vertices, tokens = joints[:, branch.vertex_joint], None
        feat = feat.unflatten(-1, (32, -1))
        for block, readout in zip(branch.blocks, self.joint_readouts):
            tokens = torch.cat([
                block.embed_joints(joints),
                block.embed_vertices(vertices),
                feat,
            ], 1)
            readout(tokens)
            vertices = vertices + block.readout(tokens)
        for conv in branch.upsample:
            vertices = super(AxisConv, conv).forward(vertices)
        return vertices


class MaskedFlow(nn.Module):
    """A coupling flow whose networks read and write all entries."""

    def __init__(self, dim: int, dead: int = 0, depth: int = 16) -> None:
        super().__init__()
        self.dead = dead

        def network():
            return nn.Sequential(
                nn.Linear(dim + dead, 512), nn.LeakyReLU(),
                nn.Linear(512, 512), nn.LeakyReLU(), nn.Linear(512, dim))

        self.networks = nn.ModuleList(network() for _ in range(2 * depth))
        self.register_buffer('masks', alternating_masks(depth, dim))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, dim)`` to ``(N, dim)``."""
        for layer, mask in enumerate(self.masks):
            kept = x * mask
            read = F.pad(kept, (0, self.dead))
            scale = self.networks[2 * layer](read).tanh()
            shift = self.networks[2 * layer + 1](read)
            x = kept + (1 - mask) * (x * scale.exp() + shift)
        return x
