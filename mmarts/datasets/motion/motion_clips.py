# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion clips as rotations, resampled to one frame rate in SO(3)."""
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import roma
import torch
from mmengine.logging import print_log

from mmarts.geometry.rotation import slerp_rotmat

_ASSETS = Path(__file__).parents[2] / 'assets'
FREEMOTION_FILE = _ASSETS / 'freemotion.npz'
SPLIT_FILE = _ASSETS / 'freemotion_split.json'


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
        path: A file written by ``tools/make_assets.py freemotion``, or a
            folder written by ``tools/convert_dataset.py``, whose clips are
            split by :data:`SPLIT_FILE`; those it does not name are for
            training.
        split: ``'train'``, ``'val'`` or ``'test'``.
        fps: Rate to resample to: rotations along geodesics, roots linearly.

    Raises:
        FileNotFoundError: If there is neither.
        ValueError: If it has no clip of that split.
    """
    if Path(path).is_dir():
        clips, splits = _read_folder(Path(path), split)
    elif Path(path).is_file():
        clips, splits = _read_file(path, split)
    else:
        raise FileNotFoundError(
            f'There is no motion file or folder "{path}"; `python '
            'tools/convert_dataset.py --help` tells how to make one, `python '
            'tools/make_assets.py freemotion` makes the file that ships.')
    if not clips:
        raise ValueError(f'{path} has no clips of split "{split}"; it has '
                         f'{sorted(splits)}.')
    return [resample(clip, fps) for clip in clips]


def _read_file(path: str, split: str) -> tuple[list[MotionClip], set[str]]:
    """Clips of one split, and the splits there are."""
    with np.load(path, allow_pickle=False) as data:
        arrays = dict(data)
    ends = np.cumsum(arrays['clip_length'])
    clips = []
    for i in np.flatnonzero(arrays['clip_split'] == split):
        rows = slice(ends[i] - arrays['clip_length'][i], ends[i])
        clips.append(
            _clip(arrays['clip_name'][i], arrays['rotvec'][rows],
                  arrays['transl'][rows], arrays['clip_fps'][i]))
    return clips, set(arrays['clip_split'].tolist())


def _read_folder(folder: Path,
                 split: str) -> tuple[list[MotionClip], set[str]]:
    """As :func:`_read_file`, of a folder with one file a clip."""
    known = json.loads(SPLIT_FILE.read_text())['clips']
    clips, splits = [], set()
    for path in sorted(folder.rglob('*.npz')):
        with np.load(path, allow_pickle=False) as data:
            name, digest = str(data['name']), str(data['source_sha256'])
            entry = known.get(name, dict(split='train', source_sha256=digest))
            if entry['source_sha256'] != digest:
                # The same motion in another format stays where it belongs.
                print_log(
                    f'{path} holds "{name}" of another source file than the '
                    f'split was made for; it stays in "{entry["split"]}".',
                    'current', logging.WARNING)
            splits.add(entry['split'])
            if entry['split'] == split:
                clips.append(
                    _clip(name, data['rotvec'], data['transl'], data['fps']))
    return clips, splits


def _clip(name: str, rotvec: np.ndarray, transl: np.ndarray,
          fps: float) -> MotionClip:
    rotvec = torch.as_tensor(rotvec, dtype=torch.float32)
    transl = torch.as_tensor(transl, dtype=torch.float32)
    return MotionClip(
        str(name), roma.rotvec_to_rotmat(rotvec), transl, float(fps))


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
