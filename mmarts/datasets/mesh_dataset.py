# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Windows over annotation files: one ``.mmarts`` or ``.npz`` a split."""
import zipfile
from pathlib import Path
from typing import Optional

import numpy as np
import roma
import torch
from torch.utils.data import Dataset

from mmarts.annotations.annotation_file import (SUFFIX, AnnotationFile,
                                                sort_tracks, track_keys)
from mmarts.geometry.camera import default_focal_length
from mmarts.registry import DATASETS
from mmarts.structures import MeshDataSample, convert_joints, get_joint_set

_REQUIRED = ('frame_index', 'fps', 'image_size', 'joint_set', 'body_model_id',
             'keypoints2d', 'keypoints2d_score')
_NAMES = ('sequence', 'person')
# Texts of a row; the samples of a file that has them hold them as meta.
_TEXTS = ('gender', 'action')
# Target -> where it lies in the file; rotations are vectors there.
_TARGETS = ('joints3d', 'betas', 'transl', 'vertices')
_ROTATIONS = ('global_orient', 'body_pose')


@DATASETS.register_module()
class MeshDataset(Dataset):
    """Annotated videos as windows of ``T`` frames of one person.

    ``docs/data.md`` describes the arrays, ``docs/annotation_format.md`` the
    file. What it lacks is no target: the samples then have no such key. A
    ``.mmarts`` file is mapped, and only the rows of a window are read; a
    ``.npz`` is held in memory.

    Args:
        ann_file: The ``.mmarts`` or ``.npz``.
        num_frames: Window length ``T``.
        stride: Frames between the starts of windows.
        name: Dataset name in the samples; the file's folder when empty.
        input_joint_set: Joints of the network's ``keypoints2d``, where the
            file has others: those that are the same points, the rest have
            score 0. Targets keep the file's set.
        target_joints: Array of the file that is the target ``joints3d``:
            ``'joints3d_universal'`` for MPI-INF-3DHP's test.

    Raises:
        FileNotFoundError: Naming the file and the page that tells how to
            make it.
        ValueError: If keys are missing or sizes disagree.
    """

    def __init__(self,
                 ann_file: str,
                 num_frames: int = 16,
                 stride: int = 1,
                 name: Optional[str] = None,
                 input_joint_set: Optional[str] = None,
                 target_joints: str = 'joints3d') -> None:
        if not Path(ann_file).is_file():
            raise FileNotFoundError(
                f'There is no annotation file "{ann_file}"; docs/data.md '
                'tells how to prepare it. configs/arts/arts-tiny_freemotion.py'
                ' trains without any download.')
        if Path(ann_file).suffix == SUFFIX:
            self._open(ann_file)
        else:
            self._load(ann_file)
        self.name = name or Path(ann_file).parent.name
        self.num_frames = num_frames
        self.joint_set = get_joint_set(str(self.arrays['joint_set']))
        self.inputs_from = None if input_joint_set is None else convert_joints(
            self.joint_set.name, input_joint_set, near=False)
        self.target_joints = target_joints
        self._check(ann_file,
                    (target_joints, ) * (target_joints != 'joints3d'))
        self.windows = self._cut(stride)
        if not len(self.windows):
            raise ValueError(f'{ann_file} has no track of {num_frames} frames '
                             'without a cut.')

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> dict:
        start = self.windows[index]
        return self._item(
            self._read(np.arange(start, start + self.num_frames)))

    def _item(self, arrays: dict) -> dict:
        points, scores = arrays['keypoints2d'], arrays['keypoints2d_score']
        if self.inputs_from is not None:
            points = self.inputs_from.points(points)
            scores = self.inputs_from.scores(scores)
        inputs = dict(
            keypoints2d=_tensor(points),
            keypoints2d_score=_tensor(scores),
            K=_tensor(arrays['K']),
            image_size=_tensor(arrays['image_size'][0]))
        if 'feat' in arrays:
            inputs['feat'] = _tensor(arrays['feat'])
        return dict(inputs=inputs, data_samples=self._sample(arrays))

    def _read(self, places: np.ndarray) -> dict:
        """Arrays of some frames of a track.

        Args:
            places: ``(T,)`` sorted rows.
        """
        rows = places if self._order is None else self._order[places]
        # Copies: what is mapped cannot be written to.
        arrays = {
            k: np.array(v[rows])
            for k, v in self.arrays.items() if v.ndim
        }
        arrays['sequence'], arrays['person'] = self._track_name(places[0])
        # The camera and picture of a window are those of its first frame.
        arrays['K'] = _camera(arrays)
        if self.target_joints != 'joints3d':
            for end in ('', '_valid'):
                if self.target_joints + end in arrays:
                    arrays[f'joints3d{end}'] = arrays[self.target_joints + end]
        return arrays

    def _sample(self, arrays: dict) -> MeshDataSample:
        sample = MeshDataSample(
            metainfo=dict(
                dataset=self.name,
                sequence=arrays['sequence'],
                person=arrays['person'],
                frame_index=arrays['frame_index'],
                fps=float(self.arrays['fps']),
                image_size=tuple(int(s) for s in arrays['image_size'][0]),
                K=arrays['K'],
                box=None,
                crop_affine=None,
                body_model_id=self._body_model_id(arrays),
                joint_set=self.joint_set.name,
                **_words(arrays)))
        points = arrays.get('keypoints2d_label', arrays['keypoints2d'])
        sample.set_target(
            'keypoints2d', _tensor(points),
            arrays.get('keypoints2d_valid', arrays['keypoints2d_score'] > 0))
        for name in _TARGETS:
            if name in arrays:
                sample.set_target(name, _tensor(arrays[name]),
                                  arrays.get(f'{name}_valid'))
        for name in _ROTATIONS:
            if name in arrays:
                turns = roma.rotvec_to_rotmat(_tensor(arrays[name]))
                sample.set_target(name, turns, arrays.get(f'{name}_valid'))
        if 'joints3d' in arrays:
            root = sample.joints3d[:, [self.joint_set.root_index]]
            sample.set_target('joints3d_rel', sample.joints3d - root,
                              arrays.get('joints3d_valid'))
        return sample

    def _body_model_id(self, arrays: dict) -> Optional[str]:
        """Body of the targets: one for the file, or one a row."""
        if 'body_model_id' in arrays:
            return _texts(arrays['body_model_id'][:1])[0] or None
        return str(self.arrays['body_model_id']) or None

    def _cut(self, stride: int) -> np.ndarray:
        """First sorted row of every window: one person, no cut."""
        return even_windows(self._frames, self._track_starts, self.num_frames,
                            stride)

    def _track_name(self, row: int) -> tuple[str, str]:
        """Sequence and person of a sorted row."""
        if self._file is not None:
            track = np.searchsorted(self._track_starts, row, 'right') - 1
            return self._file.track_name(track)
        row = self._order[row]
        return tuple(str(self.arrays[name][row]) for name in _NAMES)

    def _open(self, ann_file: str) -> None:
        """Map a file whose rows are sorted."""
        self._file, self._order = AnnotationFile(ann_file), None
        self._track_starts = self._file.track_starts
        self._check(ann_file, _REQUIRED)
        self._frames = self.arrays['frame_index']

    def _load(self, ann_file: str) -> None:
        """Read a file with rows in any order."""
        try:
            with np.load(ann_file, allow_pickle=False) as file:
                arrays = dict(file)
        except (ValueError, OSError, EOFError, AttributeError, TypeError,
                zipfile.BadZipFile) as error:
            raise ValueError(
                f'{ann_file} is no readable .npz of plain arrays ({error}); '
                'docs/data.md describes the file.') from None
        self._hold(ann_file, arrays)

    def _hold(self, ann_file: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep arrays in memory, their rows sorted."""
        self._file, self._held = None, arrays
        self._check(ann_file, _NAMES + _REQUIRED)
        keys = track_keys(*(self.arrays[name] for name in _NAMES))
        self._order, self._track_starts = sort_tracks(
            keys, self.arrays['frame_index'])
        self._frames = self.arrays['frame_index'][self._order]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Arrays of the file by name; those without a dimension are values."""
        return self._held if self._file is None else self._file.arrays

    def _check(self, ann_file: str, required: tuple[str, ...]) -> None:
        missing = [k for k in required if k not in self.arrays]
        if missing:
            raise ValueError(f'{ann_file} lacks {missing}; docs/data.md '
                             'describes the file.')
        count = len(self.arrays['frame_index'])
        wrong = {
            k: v.shape
            for k, v in self.arrays.items() if v.ndim and len(v) != count
        }
        if wrong:
            raise ValueError(f'{ann_file} has {count} frames, but {wrong}.')


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(array, dtype=torch.float32)


def _texts(array: np.ndarray) -> list[str]:
    """Texts of a ``.mmarts``, which are UTF-8, or of a ``.npz``."""
    if array.dtype.kind == 'S':
        array = np.char.decode(array, 'utf-8')
    return array.tolist()


def _words(arrays: dict) -> dict:
    """Meta that not every file has: pictures, gender, action."""
    meta = {k: _texts(arrays[k][:1])[0] for k in _TEXTS if k in arrays}
    if 'image' in arrays:
        meta['image'] = _texts(arrays['image'])
    return meta


def _camera(arrays: dict) -> np.ndarray:
    """Intrinsics of the first frame; assumed where nobody knows them."""
    if 'K' in arrays and arrays.get('K_valid', [True])[0]:
        return arrays['K'][0]
    width, height = arrays['image_size'][0].tolist()
    focal = default_focal_length(width, height)
    return np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]],
                    np.float32)


def even_windows(frames: np.ndarray, starts: np.ndarray, length: int,
                 stride: int) -> np.ndarray:
    """First rows of all windows of many tracks, none across a cut.

    What :func:`split_at_cuts` and :func:`window_starts` of
    ``mmarts.structures.windows`` give track by track, for a million frames at
    once; stretches shorter than a window give none.

    Args:
        frames: ``(F,)`` frame numbers, sorted within each track.
        starts: ``(N + 1,)`` first rows of the tracks, and ``F``.
        length: Frames of a window.
        stride: Frames between the starts of neighbouring windows.

    Returns:
        ``(W,)`` int64.

    Raises:
        ValueError: If ``length`` or ``stride`` is below 1, or a frame comes
            twice in a track.
    """
    if length < 1 or stride < 1:
        raise ValueError('Windows need length >= 1 and stride >= 1, but got '
                         f'length={length}, stride={stride}.')
    first, counts = stretches(frames, starts)
    spare = counts - length
    first, spare = first[spare >= 0], spare[spare >= 0]
    # One window more reaches the end where the stride does not.
    counts = -(-spare // stride) + 1
    number = np.arange(counts.sum()) - np.repeat(
        np.cumsum(counts) - counts, counts)
    offset = np.minimum(number * stride, np.repeat(spare, counts))
    return np.repeat(first, counts) + offset


def stretches(frames: np.ndarray,
              starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parts of tracks in which time runs evenly.

    Args:
        frames: ``(F,)`` frame numbers, sorted within each track.
        starts: ``(N + 1,)`` first rows of the tracks, and ``F``.

    Returns:
        First rows, and how many rows there are: ``(N',)`` each.

    Raises:
        ValueError: If a frame comes twice in a track.
    """
    far = np.iinfo(np.int64).max
    # Step to the next row; there is none at the end of a track.
    steps = np.append(np.diff(frames.astype(np.int64)), far)
    steps[starts[1:] - 1] = far
    if steps.min() <= 0:
        raise ValueError('Frame numbers of a track must increase strictly, '
                         f'but frame {frames[steps.argmin()]} comes twice.')
    regular = np.repeat(
        np.minimum.reduceat(steps, starts[:-1]), np.diff(starts))
    cuts = np.flatnonzero((steps != regular) | (steps == far)) + 1
    first = np.concatenate([[0], cuts[:-1]])
    return first, cuts - first
