# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Moves a result from one body model to another."""
from dataclasses import dataclass
from pathlib import Path
from typing import Union
from zipfile import BadZipFile

import numpy as np
import roma
import torch
from torch import Tensor

from mmarts.body_models import SMPL, BodyModel, FreeBody
from mmarts.structures import BodyParams, get_joint_set
from mmarts.utils.files import whole_file
from mmarts.version import __version__
from .results import load_person

METRES_TO_MM = 1000.0
# Variance of the joints' disagreement over that of the shapes, metres
# squared: two bodies' joints never mean exactly the same, and a shape must
# not be bent to explain that.
RIDGE = 1e-6


@dataclass
class Refit:
    """A person on another body, and how well it fits.

    Args:
        person: As :func:`~mmarts.apis.results.load_person` gives it.
        joint_set: Joints that were compared and are in ``joints3d`` now.
        mean_mm: Mean distance between old and new posed joints.
        max_mm: Largest one.
    """

    person: dict
    joint_set: str
    mean_mm: float
    max_mm: float


def refit_person(person: dict, source: BodyModel, target: BodyModel) -> Refit:
    """Put a result on another body: same pose, same place, nearest shape.

    Rotations are kept. ``betas`` make the target's rest joints, relative to
    the root, as much like the source's as its shape basis allows (ridge
    least squares; both are linear in their betas). ``transl`` then brings
    the mean of the posed joints of each frame onto the mean of the old ones:
    COCO-19, compared with the stored ``joints3d``, or the bodies' own joints
    where one lacks COCO-19.

    Args:
        person: Of :func:`~mmarts.apis.results.load_person`; not changed.
        source: Body of the result.
        target: Body to move to.

    Raises:
        ValueError: If the result is of another body than ``source``, or the
            bodies have different joints.
    """
    _check(person, source, target)
    params = _params(person)
    moved = BodyParams(params.global_orient, params.body_pose,
                       refit_betas(params.betas, source, target))
    joint_set = 'coco19' if all('coco19' in body.joint_sets
                                for body in (source, target)) else 'smpl24'
    old = torch.as_tensor(
        person['joints3d']) if joint_set == 'coco19' else source.joints(
            params, joint_set)
    new = target.joints(moved, joint_set)
    moved.transl = (old - new).mean(1)
    new = new + moved.transl[:, None]
    distance = (new - old).norm(dim=-1) * METRES_TO_MM
    result = dict(
        person,
        betas=moved.betas.numpy(),
        transl=moved.transl.numpy(),
        joints3d=new.numpy(),
        joint_names=np.array(get_joint_set(joint_set).joints),
        body_model_id=target.body_model_id,
        version=__version__)
    return Refit(result, joint_set, float(distance.mean()),
                 float(distance.max()))


def refit_betas(betas: Tensor, source: BodyModel, target: BodyModel) -> Tensor:
    """Betas ``(..., S')`` of the target that resemble ``(..., S)`` ones."""
    # Differences of centimetres squared: float64 keeps the digits.
    wanted = _rest_joints(source, betas) - _rest_joints(
        target, torch.zeros(target.num_betas))
    basis = (_rest_joints(target, torch.eye(target.num_betas)) -
             _rest_joints(target, torch.zeros(target.num_betas))).T
    gram = basis.T @ basis + RIDGE * torch.eye(len(basis.T)).double()
    return (wanted @ torch.linalg.solve(gram, basis.T).T).float()


def load_body(name: str) -> BodyModel:
    """``'free'``, or the path of an SMPL-format ``.npz`` or ``.pkl``.

    A relative path is found as ``mmarts.body_models.model_paths`` says.

    Raises:
        FileNotFoundError: If there is no such file; says where to get it.
        ValueError: If it holds no body.
    """
    if name == 'free':
        return FreeBody()
    return SMPL(name)


def read_result(path: Union[str, Path]) -> dict:
    """:func:`load_person` whose errors say what is wrong in one line.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no result.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'There is no result "{path}"; demo/video_demo.py writes '
            'person_XXX.npz files.')
    try:
        return load_person(path)
    except (BadZipFile, EOFError, ValueError, AttributeError):
        raise ValueError(f'{path} is no result: expected a person_XXX.npz '
                         'written by mmarts.') from None


def write_result(path: Union[str, Path], person: dict) -> None:
    """Write a person's file, whole or not at all."""
    with whole_file(path) as part, open(part, 'wb') as file:
        np.savez_compressed(file, **person)


def _check(person: dict, source: BodyModel, target: BodyModel) -> None:
    if person['body_model_id'] != source.body_model_id:
        raise ValueError(
            f'The result is of body "{person["body_model_id"]}", but the '
            f'source body is "{source.body_model_id}"; name the file of the '
            "result's own body with --source-body.")
    if source.parents != target.parents:
        raise ValueError(
            f'Rotations of "{source.body_model_id}" mean nothing on '
            f'"{target.body_model_id}": the bodies have different joints.')


def _params(person: dict) -> BodyParams:
    orient, pose = (
        roma.rotvec_to_rotmat(torch.as_tensor(person[key]).float())
        for key in ('global_orient', 'body_pose'))
    return BodyParams(orient[:, None], pose,
                      torch.as_tensor(person['betas']).float(),
                      torch.as_tensor(person['transl']).float())


def _rest_joints(body: BodyModel, betas: Tensor) -> Tensor:
    """Own joints relative to the root, flat and in float64."""
    joints = body.rest_joints(betas).double()
    root = get_joint_set(body.joint_set).root_index
    return (joints - joints[..., [root], :]).flatten(-2)
