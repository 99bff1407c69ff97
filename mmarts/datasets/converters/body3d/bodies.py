# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Bodies of the two genders, and what they make of original parameters."""
from dataclasses import dataclass
from typing import Optional

import numpy as np
import roma
import torch

from mmarts.body_models import SMPL
from mmarts.body_models.shape_transfer import transfer_betas
from mmarts.registry import BODY_MODELS
from mmarts.structures import BodyParams

GENDERS = ('female', 'male', 'neutral')
# Joint set -> the regressor it is read by, and that one's usual name below the
# folder of bodies. LSP's joints are among SPIN's 49, where networks read them.
REGRESSORS = dict(
    coco19=('coco19', 'J_regressor_coco19.npy'),
    h36m17=('h36m17', 'J_regressor_h36m.npy'),
    lsp14=('extra9', 'J_regressor_extra.npy'))
_BATCH = 512


@dataclass
class WorldBody:
    """A person's SMPL parameters in the world of a dataset.

    Args:
        rotvec: ``(F, 24, 3)`` parent-relative rotation vectors, radians.
        betas: ``(S,)`` or ``(F, S)`` of the body of ``gender``.
        transl: ``(F, 3)`` SMPL's translation, metres.
        gender: ``'female'``, ``'male'`` or ``'neutral'``.
        cam_rotmat: ``(F, 3, 3)`` world to camera.
        cam_transl: ``(F, 3)`` metres.
    """

    rotvec: np.ndarray
    betas: np.ndarray
    transl: np.ndarray
    gender: str
    cam_rotmat: np.ndarray
    cam_transl: np.ndarray


class Bodies:
    """SMPL bodies by gender, built when they are first asked for.

    Args:
        joint_set: Joints that they shall give.
        configs: Gender -> config of a body; the official SMPL by default.
        others: More joint sets that they shall know.

    Raises:
        KeyError: If ``joint_set`` has no usual regressor, and there are no
            configs.
    """

    def __init__(
        self,
        joint_set: str,
        configs: Optional[dict] = None,
        others: tuple[str, ...] = ()) -> None:
        if not configs and joint_set not in (*REGRESSORS, 'smpl24'):
            raise KeyError(f'joint_set should be one of {list(REGRESSORS)} or '
                           f'"smpl24", but is "{joint_set}".')
        self.joint_set = joint_set
        self.joint_sets = {joint_set, *others}
        self.configs = configs or {}
        self._built: dict[str, SMPL] = {}

    def get(self, gender: str) -> SMPL:
        """Body of a gender.

        Raises:
            FileNotFoundError: Naming its file and where to get it.
            ValueError: If there is no such gender.
        """
        if gender not in GENDERS:
            raise ValueError(f'a gender should be one of {GENDERS}, but is '
                             f'"{gender}"')
        if gender not in self._built:
            default = dict(
                type='SMPL',
                gender=gender,
                regressors=dict(REGRESSORS[name] for name in self.joint_sets
                                if name in REGRESSORS))
            config = self.configs.get(gender, default)
            self._built[gender] = BODY_MODELS.build(config).eval()
        return self._built[gender]

    def root(self, gender: str, betas: np.ndarray) -> np.ndarray:
        """``(3,)`` the root joint of the unposed body, metres."""
        return self.get(gender).rest_joints(_tensor(betas).float())[0].numpy()

    def in_camera(self, person: WorldBody) -> BodyParams:
        """Parameters ``(F, ...)`` of the person's own body, camera frame.

        SMPL turns about its root joint, not about the origin, so the
        translation is that of the root less the root's rest position.
        """
        body = self.get(person.gender)
        turns = roma.rotvec_to_rotmat(_tensor(person.rotvec).double())
        camera = _tensor(person.cam_rotmat).double()
        betas = _tensor(person.betas).double()
        root = body.rest_joints(betas.float())[..., 0, :].double()
        place = camera @ (root + _tensor(person.transl).double())[..., None]
        transl = place[..., 0] + _tensor(person.cam_transl).double() - root
        return BodyParams((camera[:, None] @ turns[:, :1]).float(),
                          turns[:, 1:].float(),
                          betas.float().expand(len(turns), -1), transl.float())

    def targets(self,
                params: BodyParams,
                gender: str,
                vertices: bool = False) -> dict[str, np.ndarray]:
        """Rows of an annotation file that the gendered body gives.

        Args:
            params: Of :meth:`in_camera`.
            gender: Whose body they belong to.
            vertices: Whether the meshes are wanted too.

        Returns:
            ``joints3d``, ``global_orient``, ``body_pose``, ``betas``,
            ``transl``, and ``vertices`` where they are wanted.
        """
        body, joints, meshes = self.get(gender), [], []
        for start in range(0, len(params.transl), _BATCH):
            part = params[start:start + _BATCH]
            joints.append(body.joints(part, self.joint_set))
            if vertices:
                meshes.append(body.vertices(part))
        rows = dict(
            joints3d=torch.cat(joints),
            global_orient=roma.rotmat_to_rotvec(params.global_orient),
            body_pose=roma.rotmat_to_rotvec(params.body_pose),
            betas=params.betas,
            transl=params.transl)
        if vertices:
            rows['vertices'] = torch.cat(meshes)
        return {k: v.numpy() for k, v in rows.items()}

    def neutral(self, params: BodyParams, gender: str) -> dict:
        """``betas`` and ``transl`` of the neutral body in the same place.

        The mesh of the neutral body without a pose is nearest to the
        gendered one's, and the root joints coincide.
        """
        source, target = self.get(gender), self.get('neutral')
        betas = transfer_betas(params.betas[0], source, target)
        shift = (
            source.rest_joints(params.betas[0])[0] -
            target.rest_joints(betas)[0])
        return dict(
            betas=betas.expand(len(params.betas), -1).numpy(),
            transl=(params.transl + shift).numpy())


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(np.ascontiguousarray(array))
