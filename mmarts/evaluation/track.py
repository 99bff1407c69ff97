# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From one entry a window to one track a person: pure bookkeeping."""
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any, Sequence

import numpy as np
import torch

from mmarts.structures.mesh_data_sample import TARGETS
from mmarts.structures.windows import merge_windows

# Two copies of a sample may differ by what its batch made of the rounding.
COPY_TOLERANCE_M = 1e-4


@dataclass
class Entry:
    """What a metric keeps of one sample; NumPy only, so it can be gathered.

    Args:
        dataset, sequence, person: Ids; together the id of a track.
        fps: Frames a second of the frame numbers.
        group: Value of the metric's ``group_by`` key.
        window: First and last frame that the network saw.
        frames: ``(T_out,)`` frame numbers of the arrays.
        arrays: Arrays ``(T_out, ...)`` by name.
        source: What prediction and target were made from, in words.
    """

    dataset: str
    sequence: str
    person: str
    fps: float
    group: str
    window: tuple[int, int]
    frames: np.ndarray
    arrays: dict[str, np.ndarray]
    source: str = ''

    @property
    def track_id(self) -> tuple[str, str, str]:
        """Dataset, sequence and person."""
        return self.dataset, self.sequence, self.person

    @property
    def sample_id(self) -> tuple:
        """What no two samples of a dataset share."""
        return self.track_id, self.window, tuple(self.frames.tolist())


@dataclass
class Track:
    """One person of one sequence: merged, sorted, every frame once.

    Args:
        dataset, sequence, person, fps, group: As in :class:`Entry`.
        frames: ``(F,)`` strictly increasing frame numbers.
        arrays: Arrays ``(F, ...)`` by name.
        span: First and last frame that the windows saw.
    """

    dataset: str
    sequence: str
    person: str
    fps: float
    group: str
    frames: np.ndarray
    arrays: dict[str, np.ndarray]
    span: tuple[int, int]

    def cut(self, mask: np.ndarray) -> 'Track':
        """The frames ``(F,)`` of a mask; the span stays."""
        arrays = {k: v[mask] for k, v in self.arrays.items()}
        return replace(self, frames=self.frames[mask], arrays=arrays)


def drop_duplicates(entries: Sequence[Entry]) -> list[Entry]:
    """Keep the first of every sample; padded samplers show some twice.

    Raises:
        ValueError: If two entries of one id have different targets, so that
            the ids are not unique and dropping one would lose a sample.
    """
    kept: dict[tuple, Entry] = {}
    for entry in entries:
        first = kept.setdefault(entry.sample_id, entry)
        if first is not entry and not _same_target(first, entry):
            raise ValueError(
                'Two samples share (dataset, sequence, person) = '
                f'{entry.track_id} and frames {entry.window}, but have '
                'different targets; `sequence` and `person` must tell them '
                'apart (by camera, by annotation id).')
    return list(kept.values())


def make_tracks(
    entries: Sequence[Entry],
    rule: str = 'nearest-mid',
    averaged: Sequence[str] = ()) -> list[Track]:
    """Group by track, merge windows by a named rule, sort by frame.

    Args:
        entries: In any order; the result does not depend on it.
        rule: One of ``mmarts.structures.windows.MERGE_RULES``.
        averaged: Names of the arrays that ``'mean'`` averages; the others
            are taken from the window whose middle is nearest.

    Raises:
        ValueError: If windows of one track differ in fps or group.
    """
    by_track = defaultdict(list)
    for entry in entries:
        by_track[entry.track_id].append(entry)
    return [
        _merge(
            sorted(by_track[track_id], key=lambda e: e.sample_id), rule,
            averaged) for track_id in sorted(by_track)
    ]


def at_predicted_frames(sample: dict) -> dict:
    """The sample with its targets cut down to the predicted frames.

    Args:
        sample: What ``MeshDataSample.to_dict()`` gives: targets for the
            ``T`` frames of ``frame_index``, predictions for the ``T_out``
            frames of ``pred_frame_index``.

    Returns:
        A shallow copy whose targets and masks have ``T_out`` frames. Where
        padding repeats a frame number, its first occurrence counts.

    Raises:
        ValueError: If a predicted frame lies outside the window, or a
            prediction has another length than ``pred_frame_index``.
    """
    if sample.get('pred_frame_index') is None:
        raise ValueError(
            f'A sample of sequence "{sample.get("sequence")}" comes without '
            'pred_frame_index, so nobody knows which frames were predicted.')
    window = to_frames(sample['frame_index'])
    predicted = to_frames(sample['pred_frame_index'])
    where = {f: i for i, f in reversed(list(enumerate(window.tolist())))}
    outside = [f for f in predicted.tolist() if f not in where]
    if outside:
        raise ValueError(
            f'Frames {outside} of sequence "{sample.get("sequence")}" were '
            'predicted, but the window holds frames '
            f'{window.min()} to {window.max()} ({len(window)} of them).')
    index = torch.tensor([where[f] for f in predicted.tolist()])
    cut = dict(sample)
    for key, value in sample.items():
        if value is None:
            continue
        if key.removesuffix('_valid') in TARGETS:
            value = torch.as_tensor(value)
            cut[key] = value[index.to(value.device)]
        elif key.removeprefix('pred_') in TARGETS and len(value) != len(index):
            raise ValueError(f'{key} should have the {len(index)} frames of '
                             f'pred_frame_index, but has {len(value)}.')
    return cut


def to_frames(frame_index: Any) -> np.ndarray:
    """Frame numbers as ``(T,)`` int64."""
    return torch.as_tensor(frame_index).cpu().numpy().astype(np.int64)


def _merge(entries: list[Entry], rule: str, averaged: Sequence[str]) -> Track:
    first = entries[0]
    for name in ('fps', 'group'):
        values = sorted({str(getattr(e, name)) for e in entries})
        if len(values) > 1:
            raise ValueError(
                f'The windows of track {first.track_id} have several values '
                f'of {name}, {values}; is its sequence id unique?')
    frames = [e.frames for e in entries]
    middles = [sum(e.window) / 2 for e in entries]
    merged, arrays = first.frames, {}
    for name in first.arrays:
        merged, arrays[name] = merge_windows(
            frames, [e.arrays[name] for e in entries],
            rule if name in averaged else 'nearest-mid', middles)
    first_seen, last_seen = zip(*(e.window for e in entries))
    span = min(first_seen), max(last_seen)
    return Track(*first.track_id, first.fps, first.group, merged, arrays, span)


def _same_target(first: Entry, second: Entry) -> bool:
    if 'target' not in first.arrays:
        return True
    mask = first.arrays['valid']
    if not np.array_equal(mask, second.arrays['valid']):
        return False
    return np.allclose(
        first.arrays['target'][mask],
        second.arrays['target'][mask],
        rtol=0,
        atol=COPY_TOLERANCE_M,
        equal_nan=True)
