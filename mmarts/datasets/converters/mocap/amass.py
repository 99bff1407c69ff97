# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""AMASS (ICCV 2019) and files like its own: SMPL parameters in ``.npz``."""
import io
import zipfile
from pathlib import PurePosixPath

import numpy as np
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.source_files import SourceFiles
from mmarts.registry import CONVERTERS
from .base import ClipFile, MotionConverter, SourceMotion
from .bvh_file import restore_rate
from .check import target_body
from .retarget import PARENT, SMPL

# The world of AMASS has z up: (x, y, z) -> (x, z, -y).
Z_UP_TO_Y_UP = Rotation.from_euler('x', -90, degrees=True)
# SMPL, SMPL-H and SMPL-X begin with the same joints; then come hands or jaw.
COMMON_JOINTS = SMPL.joints[:22]
POSE_SIZES = {66: COMMON_JOINTS, 72: SMPL.joints}


@CONVERTERS.register_module(name='amass')
class AMASS(MotionConverter):
    """Clips of SMPL, SMPL-H or SMPL-X parameters.

    Rotations are kept as they are. ``betas`` are not used: FreeMotion draws
    the shape, and without the licensed model a shape says nothing about leg
    lengths, so paths are not scaled. Fingers rest. Files without a motion
    (``shape.npz``) count as failures.

    Args:
        dataset: First part of the clips' names.
    """

    title = 'AMASS'
    suffix = '.npz'

    def __init__(self, dataset: str = 'amass') -> None:
        self.dataset = dataset

    def clip(self, path: str, files: SourceFiles) -> ClipFile:
        """Name by the path: files of many subjects have one name."""
        name = PurePosixPath(path).with_suffix('').as_posix()
        for ending in ('_poses', '_stageii'):
            name = name.removesuffix(ending)
        return ClipFile(f'{self.dataset}/{name}', path)

    def read(self, clip: ClipFile, files: SourceFiles) -> SourceMotion:
        """Read the parameters; the file's pickled objects are refused."""
        arrays = _load(files.read(clip.path))
        rate = np.asarray(
            _get(arrays, 'mocap_framerate', 'mocap_frame_rate'), float)
        if rate.size != 1 or not rate > 0:
            raise ValueError(f'expected one frame rate above 0, got {rate}')
        local = read_poses(arrays)
        root = np.asarray(_get(arrays, 'trans', 'transl'), float)
        frames = len(local['pelvis'])
        if root.shape != (frames, 3):
            raise ValueError(f'expected trans ({frames}, 3), got '
                             f'{root.shape}')
        if not np.isfinite(root).all():
            raise ValueError('trans is not all finite')
        rest = target_body().rest
        turns = {'pelvis': Z_UP_TO_Y_UP * local['pelvis']}
        # The pelvis lies a constant off trans, which only the licensed
        # model knows; the floor is sought anyway.
        joints = {'pelvis': Z_UP_TO_Y_UP.apply(root)}
        for name in SMPL.joints[1:]:
            parent = PARENT[name]
            joints[name] = joints[parent] + turns[parent].apply(rest[name] -
                                                                rest[parent])
            turns[name] = turns[parent] * local.get(name, Rotation.identity())
        return SourceMotion(
            restore_rate(rate.item()), turns, joints, rest, own_smpl=True)


def read_poses(arrays: dict[str, np.ndarray]) -> dict[str, Rotation]:
    """SMPL joint -> ``F`` parent-relative rotations.

    Args:
        arrays: With ``poses`` ``(F, 66 | 72 | 156 | 165)``, or
            ``root_orient`` ``(F, 3)`` and ``pose_body`` ``(F, 63)``.

    Raises:
        ValueError: For other shapes, or values that are not finite.
    """
    if 'poses' not in arrays and 'pose_body' in arrays:
        poses = np.hstack(
            [_get(arrays, 'root_orient'),
             _get(arrays, 'pose_body')])
    else:
        poses = np.asarray(_get(arrays, 'poses'))
    if poses.ndim != 2 or poses.shape[1] < 66 or not len(poses):
        raise ValueError('expected poses (F, 66 or more), got '
                         f'{poses.shape}')
    if not np.isfinite(poses).all():
        raise ValueError('poses are not all finite')
    names = POSE_SIZES.get(poses.shape[1], COMMON_JOINTS)
    return {
        name: Rotation.from_rotvec(poses[:, 3 * i:3 * i + 3].astype(float))
        for i, name in enumerate(names)
    }


def _load(content: bytes) -> dict[str, np.ndarray]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            keys = ('poses', 'root_orient', 'pose_body', 'trans', 'transl',
                    'mocap_framerate', 'mocap_frame_rate')
            return {key: file[key] for key in keys if key in file}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f'no readable .npz of plain arrays: {error}') from None


def _get(arrays: dict[str, np.ndarray], *names: str) -> np.ndarray:
    for name in names:
        if name in arrays:
            return arrays[name]
    raise ValueError(f'key "{names[0]}" is missing; the file has '
                     f'{sorted(arrays)}')
