# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SMPL-X, SMPL-H and MANO; the package smplx does their skinning.

smplx reads files with a plain unpickler, which executes what they hold. Here
mmarts reads them, and smplx gets arrays.
"""
from typing import Optional

import numpy as np
import torch
from torch import Tensor

from mmarts.compat.optional import import_optional
from mmarts.registry import BODY_MODELS
from mmarts.structures import BodyParams, get_joint_set
from .base import BodyModel
from .kinematics import forward_kinematics
from .model_paths import find_body_file, official_name
from .smpl_file import SPIN_EXTRA, SPIN_SURFACE, SMPLData, read_smpl_file

# Vertices of MANO's mesh at the tips of thumb, index, middle, ring and little
# finger: smplx's vertex_ids, and those of FreiHAND's own tools.
MANO_TIPS = dict(
    smplx=(744, 320, 443, 554, 671), freihand=(744, 320, 443, 555, 672))


class SmplxBody(BodyModel):
    """What the bodies of this file share.

    ``body_pose`` holds a rotation matrix for *every* joint but the root,
    fingers included: no PCA, and no mean hand is added, so that the identity
    is the flat hand. ``betas`` holds the shape, then the expression
    coefficients; zeros are the neutral face.

    Args:
        variant: Gender or side that names the file where no ``model_path``
            does.
    """

    kind: str

    def __init__(self,
                 model_path: Optional[str],
                 variant: str,
                 regressors: Optional[dict],
                 num_betas: int,
                 name: str,
                 dtype: str,
                 num_expression_coeffs: int = 0) -> None:
        super().__init__()
        self._lbs = import_optional('smplx', 'pip install smplx').lbs.lbs
        regressors = regressors or {}
        if SPIN_EXTRA in regressors:
            raise ValueError(f'"{SPIN_EXTRA}" belongs to SMPL; {self.kind} '
                             'takes regressors of joint sets, by their names.')
        self.source = path = find_body_file(self.kind, model_path, variant)
        data = read_smpl_file(path, regressors, None, dtype,
                              len(get_joint_set(self.joint_set)))
        try:
            columns = self.shape_columns(data.shapedirs.shape[-1], num_betas,
                                         num_expression_coeffs)
        except ValueError as error:
            raise ValueError(f'{path} has {error}.') from None
        data.shapedirs = data.shapedirs[..., columns]
        self._fill(data, name or data.name or official_name(self.kind, path))

    def shape_columns(self, total: int, num_betas: int,
                      num_expression_coeffs: int) -> list[int]:
        """Columns of the file's shape basis that ``betas`` weigh.

        Raises:
            ValueError: If the file has fewer; ``total`` are there.
        """
        if num_betas > total:
            raise ValueError(f'{total} shape coefficients, but '
                             f'num_betas={num_betas}')
        return list(range(num_betas))

    def _fill(self, data: SMPLData, name: str) -> None:
        self._identify(data, name)
        self._keep('faces', data.faces)
        self._keep('j_regressor', data.j_regressor)
        self._keep('parent_index', np.array(data.parents))
        # smplx regresses the rest joints from the points that it skins. With
        # each joint as a point of its own, any few vertices can be skinned
        # alone: points are the vertices, then the joints.
        joints = len(data.parents)
        self._keep(
            'points_template',
            np.concatenate(
                [data.v_template, data.j_regressor @ data.v_template]))
        self._keep(
            'points_shapedirs',
            np.concatenate([
                data.shapedirs,
                np.einsum(
                    'jv,vcs->jcs',
                    data.j_regressor,
                    data.shapedirs,
                    optimize=True)
            ]))
        self._keep('points_posedirs',
                   np.pad(data.posedirs, [(0, joints), (0, 0), (0, 0)]))
        self._keep(
            'points_weights',
            np.concatenate([data.weights,
                            np.eye(joints)]).astype(data.weights.dtype))
        self._regressed = [k for k in data.regressors if k != SPIN_SURFACE]
        for key in self._regressed:
            self._keep(f'regressor_{key}', data.regressors[key])

    @property
    def v_template(self) -> Tensor:
        """``(V, 3)`` metres."""
        return self.points_template[:-self.num_joints]

    @property
    def shapedirs(self) -> Tensor:
        """``(V, 3, S)`` metres."""
        return self.points_shapedirs[:-self.num_joints]

    @property
    def own_joint_sets(self) -> list[str]:
        """The body's own joints and every set there is a regressor for."""
        return [self.joint_set, *self._regressed]

    def regressor(self, joint_set: str) -> Tensor:
        """``(K, V)``; for the own set the one of the unposed joints."""
        if joint_set == self.joint_set:
            return self.j_regressor
        if joint_set not in self._regressed:
            if joint_set in set(self.joint_sets) - set(self.own_joint_sets):
                whole, index = self.read_off(joint_set)
                return self.regressor(whole)[index]
            raise KeyError(
                f'Body "{self.body_model_id}" has no regressor for joint set '
                f'"{joint_set}"; it has {[self.joint_set, *self._regressed]}.')
        return getattr(self, f'regressor_{joint_set}')

    def joints(self, params: BodyParams, joint_set: str = '') -> Tensor:
        """Own joints by kinematics, others from the vertices they need."""
        joint_set = self.check_joint_set(joint_set)
        if joint_set not in self.own_joint_sets:
            whole, index = self.read_off(joint_set)
            return self.joints(params, whole)[..., index, :]
        if joint_set != self.joint_set:
            matrix = self.regressor(joint_set)
            used = matrix.any(0).nonzero()[:, 0]
            return _moved(matrix[:, used] @ self._skinned(params, used),
                          params.transl)
        rotmats = self._rotmats(params)
        rest = self.points_template[-self.num_joints:] + torch.einsum(
            'jcs,...s->...jc', self.points_shapedirs[-self.num_joints:],
            params.betas)
        return _moved(
            forward_kinematics(rotmats, rest, self.parents)[1], params.transl)

    def vertices(self,
                 params: BodyParams,
                 index: Optional[Tensor] = None) -> Tensor:
        """Linear blend skinning by smplx, of all vertices or of some."""
        return _moved(self._skinned(params, index), params.transl)

    def _skinned(self, params: BodyParams, index: Optional[Tensor]) -> Tensor:
        if index is None:
            pick = slice(None)
        else:
            own = torch.arange(self.num_joints).to(index)
            pick = torch.cat([index, self.num_vertices + own])
        template = self.points_template[pick]
        rotmats = self._rotmats(params)
        joint_points = torch.eye(len(template)).to(template)[-self.num_joints:]
        points, _ = self._lbs(
            params.betas.reshape(-1, self.num_betas),
            rotmats.reshape(-1, self.num_joints, 3, 3),
            template,
            self.points_shapedirs[pick],
            self.points_posedirs[pick].flatten(0, 1).mT,
            joint_points,
            self.parent_index,
            self.points_weights[pick],
            pose2rot=False)
        return points[:, :-self.num_joints].unflatten(0, params.leading_shape)

    def _rotmats(self, params: BodyParams) -> Tensor:
        expected = (self.num_joints - 1, 3, 3), self.num_betas
        got = tuple(params.body_pose.shape[-3:]), params.betas.shape[-1]
        if got != expected:
            raise ValueError(
                f'Body "{self.body_model_id}" expects body_pose (..., '
                f'{self.num_joints - 1}, 3, 3) and betas (..., '
                f'{self.num_betas}), but got '
                f'{tuple(params.body_pose.shape)} and '
                f'{tuple(params.betas.shape)}.')
        return torch.cat([params.global_orient, params.body_pose], -3)


@BODY_MODELS.register_module()
class SMPLX(SmplxBody):
    """SMPL-X (CVPR 2019): body, hands and face, 10475 vertices, 55 joints.

    Args:
        model_path: Official ``.npz`` or ``.pkl``, found as
            :mod:`model_paths` says.
        regressors: Joint set name -> ``.npy`` file with its ``(K, V)``
            matrix, found likewise.
        num_betas: Shape coefficients to use.
        num_expression_coeffs: Expression coefficients to use; the last
            entries of ``betas``. With 0 the face is neutral.
        name: First part of ``body_model_id``; official name when empty.
        dtype: Of all arrays; ``'float64'`` keeps an official file's digits.
        gender: ``'neutral'``, ``'male'`` or ``'female'``: the file, where no
            ``model_path`` is given.
    """

    kind, joint_set = 'SMPLX', 'smplx55'

    def __init__(self,
                 model_path: Optional[str] = None,
                 regressors: Optional[dict] = None,
                 num_betas: int = 10,
                 num_expression_coeffs: int = 0,
                 name: str = '',
                 dtype: str = 'float32',
                 gender: str = 'neutral') -> None:
        super().__init__(model_path, gender, regressors, num_betas, name,
                         dtype, num_expression_coeffs)

    def shape_columns(self, total: int, num_betas: int,
                      num_expression_coeffs: int) -> list[int]:
        """Columns of shape, then of expression; see the base class."""
        # Two layouts are published: 300 + 100 and 10 + 10.
        shapes = 300 if total >= 400 else min(total, 10)
        there = dict(
            num_betas=shapes, num_expression_coeffs=max(total - shapes, 0))
        asked = dict(
            num_betas=num_betas, num_expression_coeffs=num_expression_coeffs)
        if any(asked[key] > there[key] for key in there):
            raise ValueError(
                f'{shapes} shape and {there["num_expression_coeffs"]} '
                f'expression coefficients, but num_betas={num_betas} and '
                f'num_expression_coeffs={num_expression_coeffs}')
        return [
            *range(num_betas), *range(shapes, shapes + num_expression_coeffs)
        ]


@BODY_MODELS.register_module()
class SMPLH(SmplxBody):
    """SMPL-H (SIGGRAPH Asia 2017): SMPL's mesh with MANO's finger joints.

    Args:
        model_path: Official ``.pkl`` or ``.npz``, MANO merged in or not.
            The other arguments are those of :class:`SMPLX`.
    """

    kind, joint_set = 'SMPLH', 'smplh52'

    def __init__(self,
                 model_path: Optional[str] = None,
                 regressors: Optional[dict] = None,
                 num_betas: int = 10,
                 name: str = '',
                 dtype: str = 'float32',
                 gender: str = 'neutral') -> None:
        super().__init__(model_path, gender, regressors, num_betas, name,
                         dtype)


@BODY_MODELS.register_module()
class MANO(SmplxBody):
    """MANO (SIGGRAPH Asia 2017): a hand, 778 vertices, 16 joints.

    ``global_orient`` is that of the wrist. The set ``'mano21'`` adds the
    finger tips, ``'freihand21'`` has them finger by finger.

    Args:
        side: ``'right'`` or ``'left'``: the file, where no ``model_path`` is
            given. The other arguments are those of :class:`SMPLX`.
        tips: Key of :data:`MANO_TIPS`.
    """

    kind, joint_set = 'MANO', 'mano16'

    def __init__(self,
                 model_path: Optional[str] = None,
                 regressors: Optional[dict] = None,
                 num_betas: int = 10,
                 name: str = '',
                 dtype: str = 'float32',
                 side: str = 'right',
                 tips: str = 'smplx') -> None:
        if tips not in MANO_TIPS:
            raise ValueError(f'tips should be one of {list(MANO_TIPS)}, but '
                             f'is "{tips}".')
        super().__init__(model_path, side, regressors, num_betas, name, dtype)
        self._keep('tips', np.array(MANO_TIPS[tips]))

    @property
    def own_joint_sets(self) -> list[str]:
        """The 16 joints, those with tips, every set with a regressor."""
        return [self.joint_set, 'mano21', *self._regressed]

    def regressor(self, joint_set: str) -> Tensor:
        """As the base class; a tip is a vertex."""
        if joint_set != 'mano21':
            return super().regressor(joint_set)
        rows = torch.zeros(len(self.tips), self.num_vertices)
        rows = rows.scatter(1, self.tips.cpu()[:, None], 1)
        return torch.cat([self.j_regressor, rows.to(self.j_regressor)])

    def joints(self, params: BodyParams, joint_set: str = '') -> Tensor:
        """As the base class; of the mesh no more than the tips is made."""
        if joint_set != 'mano21':
            return super().joints(params, joint_set)
        return torch.cat([
            super().joints(params, self.joint_set),
            self.vertices(params, self.tips)
        ], -2)


def _moved(points: Tensor, transl: Optional[Tensor]) -> Tensor:
    return points if transl is None else points + transl[..., None, :]
