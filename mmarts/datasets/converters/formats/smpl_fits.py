# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""SMPL parameters that others fitted to 2D datasets: NeuralAnnot and EFT.

NeuralAnnot (arXiv:2011.11232): a dict, annotation id -> ``smpl_param`` (pose,
72 numbers; shape; trans) and ``cam_param`` (focal, princpt, of the whole
picture). EFT (arXiv:2004.03686): ``data``, a list with rotation matrices and
a weak-perspective camera of a square crop.
"""
from pathlib import Path
from typing import Optional, Union

import numpy as np
from scipy.spatial.transform import Rotation

from .json_file import need_keys, parse_json

# The crop of EFT and SPIN: its side, and its focal length, in its pixels.
_CROP_SIDE, _CROP_FOCAL = 224., 5000.
_BOX_UNIT = 200.  # pixels of bbox_scale 1
# A rotation matrix may be this far from orthogonal.
_TOLERANCE = 1e-2


class SMPLFits:
    """Fits of one dataset, found by annotation or by picture.

    Args:
        paths: JSON files of either kind.

    Raises:
        OSError: If one cannot be read.
        ValueError: If one is of neither kind.
    """

    def __init__(self, paths: list[Union[str, Path]]) -> None:
        self._by_annotation: dict[str, tuple[str, dict]] = {}
        self._by_picture: dict[str, list[tuple[str, dict]]] = {}
        for path in paths:
            content = _read(path)
            if 'data' in content:
                self._add_eft(path, content['data'])
            else:
                self._by_annotation.update((key, (f'{path}, "{key}"', fit))
                                           for key, fit in content.items())

    def _add_eft(self, path, entries: list) -> None:
        for number, fit in enumerate(entries):
            where = f'{path}, data[{number}]'
            need_keys(fit, ('parm_pose', 'parm_shape', 'parm_cam',
                            'bbox_scale', 'bbox_center', 'imageName'), where)
            # Only COCO has ids of annotations; elsewhere they are 0.
            if fit.get('annotId'):
                key = str(_first(fit['annotId']))
                self._by_annotation[key] = where, fit
            else:
                name = Path(fit['imageName']).stem
                self._by_picture.setdefault(name, []).append((where, fit))

    def __len__(self) -> int:
        return len(self._by_annotation) + sum(
            map(len, self._by_picture.values()))

    def find(self,
             annotation: Union[int, str],
             picture: str = '',
             box: Optional[np.ndarray] = None) -> dict[str, np.ndarray]:
        """Parameters of a person; empty where nobody fitted any.

        Args:
            annotation: Id of the annotation.
            picture: Its file's name; endings are not compared, as a dataset's
            pictures were published as JPEG and PNG.
            box: ``(4,)`` x1 y1 x2 y2, to tell people of a picture apart.

        Returns:
            ``global_orient``, ``body_pose``, ``betas``, ``transl`` and ``K``
            of :class:`PersonRow`: the camera belongs to the fit.

        Raises:
            ValueError: If the fit is malformed.
        """
        where, fit = self._by_annotation.get(str(annotation), ('', None))
        if fit is None:
            where, fit = self._nearest(Path(picture).stem, box)
        if fit is None:
            return {}
        try:
            return _eft(fit) if 'parm_pose' in fit else _neural_annot(fit)
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f'the SMPL fit in {where} is malformed '
                             f'({error})') from None

    def _nearest(self, picture: str, box: Optional[np.ndarray]) -> tuple:
        """The fit of that picture whose box is around the same place."""
        near = []
        for where, fit in self._by_picture.get(picture, []):
            reach = float(fit['bbox_scale']) * _BOX_UNIT / 2
            offset = 0. if box is None else float(
                np.abs((box[:2] + box[2:]) / 2 - fit['bbox_center']).max())
            if offset <= reach:
                near.append((offset / reach, where, fit))
        return min(near, key=lambda n: n[:2])[1:] if near else ('', None)


def _read(path: Union[str, Path]) -> dict:
    return parse_json(Path(path).read_bytes(), str(path), dict)


def _neural_annot(fit: dict) -> dict[str, np.ndarray]:
    # Earlier files have the parameters without a level of their own.
    params = fit.get('smpl_param', fit)
    found = smpl_params(params['pose'], params['shape'], params['trans'])
    camera = fit.get('cam_param')
    if camera is not None:
        (fx, fy), (cx, cy) = camera['focal'], camera['princpt']
        found['K'] = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    return found


def _eft(fit: dict) -> dict[str, np.ndarray]:
    """Parameters, and the perspective camera whose crop EFT looked at.

    SPIN's camera sees the crop with a focal length of 5000 crop pixels, the
    middle of the crop being the principal point. The same camera in pixels
    of the picture has a focal length longer by the crop's scale.
    """
    matrices = np.asarray(fit['parm_pose'], float)
    if matrices.shape != (24, 3, 3):
        raise ValueError(f'parm_pose is {matrices.shape}, not (24, 3, 3)')
    products = matrices @ matrices.transpose(0, 2, 1)
    # Not ``>``: NaN is not orthogonal either.
    if not np.abs(products - np.eye(3)).max() <= _TOLERANCE:
        raise ValueError('parm_pose holds no rotations')
    scale, tx, ty = np.asarray(fit['parm_cam'], float)
    rotvec = Rotation.from_matrix(matrices).as_rotvec()
    depth = 2 * _CROP_FOCAL / (_CROP_SIDE * scale)
    found = smpl_params(rotvec, fit['parm_shape'], (tx, ty, depth))
    focal = _CROP_FOCAL / _CROP_SIDE * float(fit['bbox_scale']) * _BOX_UNIT
    cx, cy = fit['bbox_center']
    found['K'] = np.array([[focal, 0, cx], [0, focal, cy], [0, 0, 1]])
    return found


def smpl_params(pose, betas, transl) -> dict[str, np.ndarray]:
    """Arrays of :class:`PersonRow` from numbers in SMPL's layout.

    Args:
        pose: 72 numbers, rotation vectors of 24 joints, radians.
        betas: 10 numbers, or more.
        transl: Metres, camera frame; None where it is not known.

    Raises:
        ValueError: If there are too few numbers, or they are not finite.
    """
    pose = np.asarray(pose, float)
    if pose.size != 72:
        raise ValueError(f'a pose should be 72 numbers, but is {pose.size}')
    found = dict(
        global_orient=pose.reshape(24, 3)[:1],
        body_pose=pose.reshape(24, 3)[1:],
        betas=np.asarray(betas, float).reshape(-1)[:10])
    if transl is not None:
        found['transl'] = np.asarray(transl, float).reshape(3)
    for name, value in found.items():
        if not np.isfinite(value).all():
            raise ValueError(f'{name} is not finite')
    if len(found['betas']) != 10:
        raise ValueError(f'a shape should be 10 numbers, but is '
                         f'{len(found["betas"])}')
    return found


def _first(value):
    """A number that may be alone in a list."""
    return value[0] if isinstance(value, (list, tuple)) else value
