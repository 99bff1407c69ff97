# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion clips as rotations, resampled to one frame rate in SO(3)."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import roma
import torch

from mmarts.geometry.rotation import slerp_rotmat
from mmarts.structures import get_joint_set

FREEMOTION_FILE = Path(__file__).parents[1] / 'assets' / 'freemotion.npz'


@dataclass
class MotionClip:
    """One clip in a world with y up.

    Args:
        name: Clip name, unique in its file.
        rotmats: ``(F, J, 3, 3)`` float32, parent-relative, root first.
        root: ``(F, 3)`` float32 root positions, metres.
        fps: Frames a second.
    """

    name: str
    rotmats: torch.Tensor
    root: torch.Tensor
    fps: float

    def __len__(self) -> int:
        return len(self.rotmats)


def load_clips(path: str, split: str, fps: float) -> list[MotionClip]:
    """Read the clips of a split.

    Args:
        path: A file written by ``tools/make_assets.py freemotion``.
        split: ``'train'`` or ``'test'``.
        fps: Rate to resample to: rotations along geodesics, roots linearly.

    Raises:
        FileNotFoundError: If the file is not there.
        ValueError: If it has no clip of that split.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'There is no motion file "{path}"; `python tools/make_assets.py '
            'freemotion` makes it.')
    with np.load(path, allow_pickle=False) as data:
        arrays = dict(data)
    ends = np.cumsum(arrays['clip_length'])
    clips = []
    for i in np.flatnonzero(arrays['clip_split'] == split):
        rows = slice(ends[i] - arrays['clip_length'][i], ends[i])
        clips.append(
            resample(
                MotionClip(
                    str(arrays['clip_name'][i]),
                    roma.rotvec_to_rotmat(
                        torch.as_tensor(arrays['rotvec'][rows])),
                    torch.as_tensor(arrays['transl'][rows]),
                    float(arrays['clip_fps'][i])), fps))
    if not clips:
        raise ValueError(f'{path} has no clips of split "{split}"; it has '
                         f'{sorted(set(arrays["clip_split"]))}.')
    return clips


def resample(clip: MotionClip, fps: float) -> MotionClip:
    """The same motion at another frame rate, never past its last frame."""
    times = torch.arange(len(clip), dtype=torch.float64) / clip.fps
    count = int(times[-1] * fps + 1e-6) + 1
    new_times = torch.arange(count, dtype=torch.float64) / fps
    root = np.stack([
        np.interp(new_times, times, clip.root[:, axis].double())
        for axis in range(3)
    ], 1)
    return MotionClip(clip.name, slerp_rotmat(clip.rotmats, times, new_times),
                      torch.as_tensor(root).float(), fps)


def mirrored(rotmats: torch.Tensor,
             root: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The motion seen in a mirror at the plane x = 0: an involution.

    Args:
        rotmats: ``(T, 24, 3, 3)`` of SMPL's joints.
        root: ``(T, 3)``.
    """
    flip = get_joint_set('smpl24').flip_indices
    sign = torch.tensor([-1., 1., 1.])
    return (rotmats[:, flip] * sign[:, None] * sign, root * sign)
