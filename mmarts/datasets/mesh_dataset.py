# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Windows over annotation files: one ``.npz`` a split."""
from pathlib import Path
from typing import Iterator, Optional

import numpy as np
import roma
import torch
from torch.utils.data import Dataset

from mmarts.registry import DATASETS
from mmarts.structures import MeshDataSample, get_joint_set
from mmarts.structures.windows import split_at_cuts, window_starts

_REQUIRED = ('sequence', 'person', 'frame_index', 'fps', 'image_size', 'K',
             'joint_set', 'body_model_id', 'keypoints2d', 'keypoints2d_score')
# Target -> where it lies in the file; rotations are vectors there.
_TARGETS = ('joints3d', 'betas', 'transl', 'vertices')
_ROTATIONS = ('global_orient', 'body_pose')


@DATASETS.register_module()
class MeshDataset(Dataset):
    """Annotated videos as windows of ``T`` frames of one person.

    ``docs/data.md`` describes the file. What it lacks is no target: the
    samples then have no such key.

    Args:
        ann_file: The ``.npz``.
        num_frames: Window length ``T``.
        stride: Frames between the starts of windows.
        name: Dataset name in the samples; the file's folder when empty.

    Raises:
        FileNotFoundError: Naming the file and the page that tells how to
            make it.
        ValueError: If keys are missing or sizes disagree.
    """

    def __init__(self,
                 ann_file: str,
                 num_frames: int = 16,
                 stride: int = 1,
                 name: Optional[str] = None) -> None:
        if not Path(ann_file).is_file():
            raise FileNotFoundError(
                f'There is no annotation file "{ann_file}"; docs/data.md '
                'tells how to prepare it. configs/arts/arts-tiny_freemotion.py'
                ' trains without any download.')
        with np.load(ann_file, allow_pickle=False) as file:
            self.arrays = dict(file)
        self._check(ann_file)
        self.name = name or Path(ann_file).parent.name
        self.num_frames = num_frames
        self.joint_set = get_joint_set(str(self.arrays['joint_set']))
        self.windows = self._cut(stride)
        if not self.windows:
            raise ValueError(f'{ann_file} has no track of {num_frames} frames '
                             'without a cut.')

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, index: int) -> dict:
        rows = self.windows[index]
        arrays = {k: v[rows] for k, v in self.arrays.items() if v.ndim}
        # The camera and picture of a window are those of its first frame.
        inputs = dict(
            keypoints2d=_tensor(arrays['keypoints2d']),
            keypoints2d_score=_tensor(arrays['keypoints2d_score']),
            K=_tensor(arrays['K'][0]),
            image_size=_tensor(arrays['image_size'][0]))
        if 'feat' in arrays:
            inputs['feat'] = _tensor(arrays['feat'])
        return dict(inputs=inputs, data_samples=self._sample(arrays))

    def _sample(self, arrays: dict) -> MeshDataSample:
        sample = MeshDataSample(
            metainfo=dict(
                dataset=self.name,
                sequence=str(arrays['sequence'][0]),
                person=str(arrays['person'][0]),
                frame_index=arrays['frame_index'],
                fps=float(self.arrays['fps']),
                image_size=tuple(int(s) for s in arrays['image_size'][0]),
                K=arrays['K'][0],
                box=None,
                crop_affine=None,
                body_model_id=str(self.arrays['body_model_id']) or None,
                joint_set=self.joint_set.name))
        sample.set_target('keypoints2d', _tensor(arrays['keypoints2d']),
                          arrays['keypoints2d_score'] > 0)
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

    def _cut(self, stride: int) -> list[np.ndarray]:
        """Rows of every window: one person, no cut, sorted by frame."""
        windows = []
        for rows in self._tracks():
            for part in split_at_cuts(self.arrays['frame_index'][rows]):
                track = rows[part]
                if len(track) >= self.num_frames:
                    windows += [
                        track[start:start + self.num_frames]
                        for start in window_starts(
                            len(track), self.num_frames, stride)
                    ]
        return windows

    def _tracks(self) -> Iterator[np.ndarray]:
        """Rows of each person of each sequence, sorted by frame."""
        keys = np.char.add(
            np.char.add(self.arrays['sequence'].astype(str), '\n'),
            self.arrays['person'].astype(str))
        for key in dict.fromkeys(keys):
            rows = np.flatnonzero(keys == key)
            yield rows[np.argsort(self.arrays['frame_index'][rows])]

    def _check(self, ann_file: str) -> None:
        missing = [k for k in _REQUIRED if k not in self.arrays]
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
