# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One window of one person: inputs' meta, targets, predictions.

``docs/contracts.md`` is the page to read; :data:`TARGETS` and
:data:`META_KEYS` are its machine-readable form.
"""
from typing import Optional

import torch
from mmengine.structures import BaseDataElement
from torch import Tensor

# name -> (trailing shape, meaning). The leading axis is T for all of them.
# K, J, S, V are the sizes of the sample's joint set and body model.
TARGETS = {
    'keypoints2d': (('K', 2), 'full-image pixels, x right, y down'),
    'keypoints2d_crop': (('K', 2), 'the crop in [-1, 1], x right, y down'),
    'joints3d': (('K', 3), 'metres, camera frame'),
    'joints3d_rel': (('K', 3), 'metres, camera axes, root at the origin'),
    'global_orient': ((1, 3, 3), 'root rotation, body to camera axes'),
    'body_pose': (('J-1', 3, 3), 'parent-relative rotations'),
    'betas': (('S', ), 'shape coefficients of body_model_id'),
    'transl': ((3, ), 'metres, camera frame'),
    'vertices': (('V', 3), 'metres, camera frame'),
    'cam': ((3, ), 'weak perspective (s, tx, ty): x_crop = s * (x + tx)'),
}

# Masks are (T,) bool, but for these (T, K).
PER_JOINT = ('keypoints2d', 'keypoints2d_crop', 'joints3d', 'joints3d_rel')

META_KEYS = ('dataset', 'sequence', 'person', 'frame_index', 'fps',
             'image_size', 'K', 'box', 'crop_affine', 'body_model_id',
             'joint_set')


class MeshDataSample(BaseDataElement):
    """A window of ``T`` frames of one person.

    Meta (``set_metainfo``): ``dataset``, ``sequence`` and ``person`` (str),
    ``frame_index`` ((T,) int, frames of the sequence at ``fps``), ``fps``
    (float), ``image_size`` ((width, height)), ``K`` ((3, 3) intrinsics),
    ``box`` ((4,) x1 y1 x2 y2 of the window, pixels), ``crop_affine``
    ((T, 2, 3) image to crop, or None), ``body_model_id`` and ``joint_set``
    (str).

    Targets are tensors under the names of :data:`TARGETS`, each with a mask
    ``<name>_valid``. Predictions are ``pred_<name>`` with their own time axis
    and ``pred_frame_index`` ((T_out,) int, the same counting as
    ``frame_index``).
    """

    def set_metainfo(self, metainfo: dict) -> None:
        """Set meta keys without MMEngine's deep copy of their values.

        The copy would take longer than making the sample; nothing in mmarts
        changes a meta value in place.
        """
        for key, value in metainfo.items():
            self.set_field(value, key, field_type='metainfo', dtype=None)

    def set_target(self,
                   name: str,
                   value: Tensor,
                   valid: Optional[Tensor] = None) -> None:
        """Set a target and its mask; all valid without one.

        Args:
            name: Key of :data:`TARGETS`.
            value: ``(T, ...)``.
            valid: ``(T,)``, or ``(T, K)`` for joints; bool.
        """
        if valid is None:
            axes = 2 if name in PER_JOINT else 1
            valid = torch.ones(value.shape[:axes], dtype=torch.bool)
        self.set_field(value, name)
        self.set_field(torch.as_tensor(valid), f'{name}_valid')


def check_sample(sample: MeshDataSample) -> None:
    """Check names, shapes and masks of a sample against the contract.

    Raises:
        ValueError: Naming the key, what was expected and what came.
    """
    missing = [k for k in META_KEYS if k not in sample.metainfo_keys()]
    if missing:
        raise ValueError(f'A MeshDataSample needs the meta keys {META_KEYS}, '
                         f'but {missing} are missing.')
    num_frames = len(sample.frame_index)
    for key in sample.keys():
        if key in TARGETS:
            _check_target(sample, key, num_frames)
        elif key.startswith('pred_') and key != 'pred_frame_index':
            _check_prediction(sample, key)


def _check_target(sample: MeshDataSample, key: str, num_frames: int) -> None:
    value, mask = sample.get(key), sample.get(f'{key}_valid')
    trailing = TARGETS[key][0]
    if value.shape[0] != num_frames or not _matches(value.shape[1:], trailing):
        raise ValueError(
            f'{key} should be (T={num_frames}, {_words(trailing)}), but is '
            f'{tuple(value.shape)}.')
    expected = tuple(value.shape[:2 if key in PER_JOINT else 1])
    if mask is None or tuple(mask.shape) != expected:
        raise ValueError(
            f'{key}_valid should be a bool mask {expected}, but is '
            f'{None if mask is None else tuple(mask.shape)}.')


def _check_prediction(sample: MeshDataSample, key: str) -> None:
    frames = sample.get('pred_frame_index')
    if frames is None:
        raise ValueError(f'{key} comes without pred_frame_index, so nobody '
                         'knows which frames it is of.')
    value = sample.get(key)
    trailing = TARGETS.get(key.removeprefix('pred_'), (None, ))[0]
    if value.shape[0] != len(frames) or (
            trailing and not _matches(value.shape[1:], trailing)):
        raise ValueError(
            f'{key} should be (T_out={len(frames)}, '
            f'{_words(trailing or ("...",))}), but is {tuple(value.shape)}.')


def _matches(shape: tuple, trailing: tuple) -> bool:
    return len(shape) == len(trailing) and all(
        isinstance(e, str) or s == e for s, e in zip(shape, trailing))


def _words(trailing: tuple) -> str:
    return ', '.join(str(e) for e in trailing)
