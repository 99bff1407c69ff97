# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The file of one person: everything that was found, in one npz."""
from pathlib import Path
from typing import Union

import numpy as np

from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file
from mmarts.version import __version__
from .tracks import MeshTrack, Track

_PIECE = 1024  # frames
# Arrays that hold one number or one text.
_SCALARS = ('focal_length', 'fps', 'body_model_id', 'version')


def save_person(path: Union[str, Path], track: Track,
                mesh_track: MeshTrack) -> Path:
    """Write one person to an npz file, whole or not at all.

    Keys, with ``F`` frames: ``frames`` (F,), ``times`` (F,) in seconds,
    ``valid`` (F,) bool, ``segments`` (N, 2), first and last frame number of
    each stretch without a break, ``switches`` (S,), frame numbers at which
    the detector went over to this person or away, ``global_orient`` (F, 3)
    and ``body_pose`` (F, J-1, 3) rotation vectors in radians, ``betas``
    (F, S), ``transl`` (F, 3) metres, ``joints3d`` (F, 19, 3) metres in the
    camera frame (x right, y down, z forward), ``joint_names`` (19,),
    ``keypoints2d`` (F, 19, 2) pixels, ``keypoints2d_score`` (F, 19),
    ``boxes`` (F, 4) x1 y1 x2 y2 pixels, ``K`` (3, 3) and ``focal_length`` in
    pixels, ``fps``, ``image_size`` (width, height), ``body_model_id``,
    ``version`` of mmarts. Where ``valid`` is false the person was not seen,
    and the values lie on a straight way from the last sighting to the next.

    Args:
        path: The file, ``.npz``.
        track: What was seen.
        mesh_track: What was made of it, the same frames.

    Raises:
        OSError: If the file cannot be written; nothing is left of it then.
    """
    path = Path(path)
    with whole_file(path) as part, open(part, 'wb') as file:
        np.savez_compressed(file, **person_arrays(track, mesh_track))
    return path


def person_arrays(track: Track, mesh_track: MeshTrack) -> dict:
    """The content of a person's file; keys as in :func:`save_person`."""
    if len(mesh_track.transl) != len(track):
        raise ValueError(f'The track has {len(track)} frames, but the meshes '
                         f'have {len(mesh_track.transl)}.')
    return dict(
        frames=track.frames,
        times=track.times,
        valid=track.valid,
        segments=track.frames[track.segments - [0, 1]],
        switches=track.switches,
        global_orient=_rotvec(mesh_track.global_orient)[:, 0],
        body_pose=_rotvec(mesh_track.body_pose),
        betas=mesh_track.betas,
        transl=mesh_track.transl,
        joints3d=mesh_track.joints3d,
        joint_names=np.array(get_joint_set('coco19').joints),
        keypoints2d=track.keypoints2d,
        keypoints2d_score=track.scores,
        boxes=track.boxes,
        K=mesh_track.K,
        focal_length=np.float64(mesh_track.K[0, 0]),
        fps=np.float64(track.fps),
        image_size=np.array(track.image_size),
        body_model_id=np.array(mesh_track.body_model_id),
        version=np.array(__version__))


def load_person(path: Union[str, Path]) -> dict:
    """Read what :func:`save_person` wrote; numbers and texts unwrapped.

    Nothing in the file is executed.

    Raises:
        FileNotFoundError: If there is no such file.
        KeyError: If it is no file of a person.
    """
    with np.load(path, allow_pickle=False) as file:
        person = {key: file[key] for key in file.files}
    missing = [key for key in _SCALARS if key not in person]
    if missing:
        raise KeyError(f'"{path}" is not a person written by mmarts: it '
                       f'lacks {missing}.')
    person.update({key: person[key].item() for key in _SCALARS})
    person['image_size'] = tuple(person['image_size'].tolist())
    return person


def _rotvec(rotmats: np.ndarray) -> np.ndarray:
    """``(F, J, 3)``; piece by piece, since what it takes on the way is large.
    """
    import roma
    import torch

    # A copy: torch refuses arrays that cannot be written to.
    return np.concatenate([
        roma.rotmat_to_rotvec(torch.tensor(np.array(piece))).numpy()
        for piece in np.split(rotmats, range(_PIECE, len(rotmats), _PIECE))
    ])


def project_joints(mesh_track: MeshTrack) -> np.ndarray:
    """Joints as the overlay draws them: ``(F, 19, 2)`` full-image pixels."""
    import torch

    from mmarts.geometry.camera import project

    return project(
        torch.as_tensor(mesh_track.joints3d),
        torch.as_tensor(mesh_track.K)).numpy()


def reprojection_error(track: Track,
                       mesh_track: MeshTrack,
                       min_score: float = 0.5) -> float:
    """How far the body's joints are from the keypoints in the picture.

    Args:
        track: What was seen.
        mesh_track: What was made of it.
        min_score: Keypoints above this score count.

    Returns:
        Median distance over the height of the person's box, over all
        confident joints of all frames; NaN if there is none.
    """
    distance = np.linalg.norm(
        project_joints(mesh_track) - track.keypoints2d, axis=-1)
    height = (track.boxes[:, 3] - track.boxes[:, 1]).clip(1)
    relative = distance / height[:, None]
    sure = (track.scores > min_score) & track.valid[:, None]
    return float(np.median(relative[sure])) if sure.any() else float('nan')
