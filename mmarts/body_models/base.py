# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What every body model offers to the networks, metrics and renderers."""
import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

import numpy as np
import torch
from torch import Tensor, nn

from mmarts.structures import JOINT_SETS, BodyParams, get_joint_set
from .smpl_file import SMPLData

# Vertices of the coarser meshes (PointHMR's and Graphormer's counts).
MESH_LEVELS = {'mid': 1723, 'coarse': 431}


@dataclass
class BodyOutput:
    """Joints of a joint set, and vertices where they were asked for.

    Args:
        joints3d: ``(..., K, 3)`` metres.
        vertices: ``(..., V, 3)`` metres; the time axis holds only the frames
            asked for. ``None`` when none were.
    """

    joints3d: Tensor
    vertices: Optional[Tensor] = None


class BodyModel(nn.Module, ABC):
    """A parametric body: :class:`BodyParams` -> joints and vertices.

    Subclasses fill ``name``, ``body_model_id``, ``joint_set`` (name of the
    set of its own joints), ``parents`` (-1 for the root), ``faces``
    ``(F, 3)``, ``v_template`` ``(V, 3)`` metres, and the matrices of
    :meth:`regressor`; they implement :meth:`joints` and :meth:`vertices`.
    Body axes: x left, y up, z forward. Everything works in float32 and
    float64 (``body.double()``).
    """

    name: str
    body_model_id: str
    joint_set: str
    parents: tuple[int, ...]
    num_betas: int
    # The file that the body was read from.
    source: Optional[Path] = None
    _spread: Optional[Tensor] = None

    def _identify(self, data: SMPLData, name: str) -> None:
        """Set what tells this body from others: name, id, tree, shapes."""
        self.name = name
        self.body_model_id = make_body_model_id(name,
                                                data.v_template.astype('f4'),
                                                data.shapedirs.astype('f4'),
                                                data.j_regressor.astype('f4'),
                                                data.weights.astype('f4'),
                                                data.faces.astype('i4'))
        self.parents = data.parents
        self.num_betas = data.shapedirs.shape[-1]

    def _keep(self, key: str, value) -> None:
        """Register an array that moves with the body and is never saved.

        The body is no part of a checkpoint: its id is (meta), so that
        weights stay small and licensed arrays stay where they are.
        """
        self.register_buffer(key, torch.as_tensor(value), persistent=False)

    @property
    def num_joints(self) -> int:
        """Joints ``J`` with a rotation of their own."""
        return len(self.parents)

    @property
    def num_vertices(self) -> int:
        """Vertices ``V`` of the full mesh."""
        return len(self.v_template)

    @property
    @abstractmethod
    def own_joint_sets(self) -> list[str]:
        """Joint sets that are made from kinematics or by a regressor."""

    @property
    def joint_sets(self) -> list[str]:
        """Names of the joint sets this body can give: its own, and those
        that consist of joints of an own one."""
        own = self.own_joint_sets
        return own + [
            s.name for s in JOINT_SETS.values()
            if s.read_from in own and s.name not in own
        ]

    def read_off(self, joint_set: str) -> tuple[str, list[int]]:
        """Own set that holds the joints of another one, and where."""
        part = get_joint_set(joint_set)
        whole = get_joint_set(part.read_from)
        return whole.name, whole.index(*(part.read_joints or part.joints))

    @abstractmethod
    def regressor(self, joint_set: str) -> Tensor:
        """``(K, V)`` matrix that reads a joint set off the mesh.

        Raises:
            KeyError: If this body has none for that set.
        """

    @abstractmethod
    def joints(self, params: BodyParams, joint_set: str = '') -> Tensor:
        """Joints ``(..., K, 3)`` in metres, made without the mesh.

        ``joint_set`` is the body's own when empty. ``params.transl`` is
        added where there is one.
        """

    @abstractmethod
    def vertices(self,
                 params: BodyParams,
                 index: Optional[Tensor] = None) -> Tensor:
        """Mesh ``(..., V, 3)`` in metres, moved by ``params.transl``.

        ``index`` picks vertices; the others are not made.
        """

    def regress(self, vertices: Tensor, joint_set: str) -> Tensor:
        """Read a joint set off ``(..., V, 3)`` vertices: ``(..., K, 3)``."""
        return self.regressor(joint_set).to(vertices) @ vertices

    def rest_joints(self, betas: Tensor, joint_set: str = '') -> Tensor:
        """Joints ``(..., K, 3)`` of the unposed body of some shape."""
        eye = torch.eye(3).to(betas)
        leading = betas.shape[:-1]
        return self.joints(
            BodyParams(
                eye.expand(*leading, 1, 3, 3),
                eye.expand(*leading, self.num_joints - 1, 3, 3), betas),
            joint_set)

    def forward(self,
                params: BodyParams,
                joint_set: str = '',
                frames: Union[None, slice, Tensor] = None,
                level: str = 'full') -> BodyOutput:
        """Joints of every frame and vertices of some.

        Args:
            params: Leading axes ``(B, T)`` or any other.
            joint_set: Name of the joints asked for; the body's own if empty.
            frames: Index of the last leading axis, or None for no vertices;
                ``slice(None)`` for all.
            level: Mesh level of the vertices, see :meth:`mesh_level`.
        """
        joints3d = self.joints(params, joint_set)
        if frames is None:
            return BodyOutput(joints3d)
        axis = len(params.leading_shape) - 1
        chosen = params[(slice(None), ) * axis + (frames, )]
        index = None if level == 'full' else self.mesh_level(level)
        return BodyOutput(joints3d, self.vertices(chosen, index))

    def mesh_level(self, level: str) -> Tensor:
        """Vertex indices of a coarser mesh, spread evenly over the body.

        Args:
            level: ``'full'``, or a key of :data:`MESH_LEVELS`. Every level
                is a subset of the finer ones.

        Returns:
            ``(V_level,)`` indices into the full mesh.

        Raises:
            ValueError: If the full mesh is no finer than that.
        """
        if level == 'full':
            return torch.arange(self.num_vertices)
        if MESH_LEVELS[level] > self.num_vertices:
            raise ValueError(
                f'Level "{level}" has {MESH_LEVELS[level]} vertices, but body '
                f'"{self.body_model_id}" only {self.num_vertices}.')
        if self._spread is None:
            count = min(max(MESH_LEVELS.values()), self.num_vertices)
            self._spread = _farthest_points(self.v_template.double().cpu(),
                                            count)
        return self._spread[:MESH_LEVELS[level]]

    def check_joint_set(self, joint_set: str) -> str:
        """The name itself, or the body's own set for an empty one.

        Raises:
            KeyError: If this body cannot give that set.
        """
        joint_set = joint_set or self.joint_set
        if joint_set not in self.joint_sets:
            get_joint_set(joint_set)
            raise KeyError(f'Body "{self.body_model_id}" has no regressor for '
                           f'joint set "{joint_set}"; it has '
                           f'{self.joint_sets}.')
        return joint_set


def make_body_model_id(name: str, *arrays: np.ndarray) -> str:
    """``name-`` and the first 8 hex digits of the arrays' SHA-256."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return f'{name}-{digest.hexdigest()[:8]}'


def _farthest_points(points: Tensor, count: int) -> Tensor:
    """Greedy farthest-point order, starting from the lowest index."""
    chosen = torch.zeros(count, dtype=torch.long)
    distance = (points - points[0]).square().sum(-1)
    for i in range(1, count):
        chosen[i] = distance.argmax()
        step = (points - points[chosen[i]]).square().sum(-1)
        distance = torch.minimum(distance, step)
    return chosen
