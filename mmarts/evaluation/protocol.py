# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a protocol is: every choice that a published number depends on."""
import re
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from mmarts.structures.windows import regular_step
from .track import Track

METRIC_NAMES = ('mpjpe', 'pa_mpjpe', 'mpvpe', 'pa_mpvpe', 'accel', 'pck',
                'auc', 'f_score_5', 'f_score_15')
GENDERS = dict(
    subject="the subject's (male or female) body",
    neutral="the neutral body, with the subject's parameters",
    own="the data's own body",
    none='no body: measured joints')


@dataclass(frozen=True)
class FrameSubset:
    """Which frames of which tracks count.

    Args:
        words: The subset in words.
        sequences: Regular expression that the name of a sequence must
            contain; empty for all sequences.
        window: Length ``T`` of the windows whose middle frames count, frame
            ``T // 2`` of each, the windows starting at every frame and ending
            no later than the last whole ``T`` frames of the track. 0: all.
    """

    words: str = 'all labelled frames'
    sequences: str = ''
    window: int = 0

    def mask(self, track: Track) -> np.ndarray:
        """``(F,)`` bool over the frames of a track."""
        named = re.search(self.sequences, track.sequence) is not None
        mask = np.full(len(track.frames), named)
        if self.window and named:
            first, last = track.span
            step = regular_step(track.frames)
            position = (track.frames - first) // step
            whole = ((last - first) // step + 1) // self.window * self.window
            middle = self.window // 2
            mask &= position >= middle
            mask &= position <= whole - self.window + middle
        return mask


@dataclass(frozen=True)
class Protocol:
    """A named way to turn predictions into numbers.

    Args:
        name: Key in :data:`~.protocols.PROTOCOLS`.
        title: Dataset, split and whose protocol it is.
        metrics: Which of :data:`METRIC_NAMES` it defines, the one that
            tables are sorted by first.
        joint_set: Joints that are made of predictions and targets. A body
            reads them off its mesh, see ``JointSet.read_from``.
        root: Joints whose midpoint is moved to the origin before MPJPE and
            Accel.
        eval_joints: Joints that count; all of ``joint_set`` when empty.
        target_source: Where target joints come from, one of
            ``JOINT_SOURCES``; None for the body's, else the file's.
        vertex_root: ``(joint set, joint)`` that MPVPE moves to the origin,
            read off both meshes; None where meshes are not moved.
        gender: Key of :data:`GENDERS`: the body of the target.
        frames: Which frames count.
        fps: Frame rate that Accel is defined at; None for the data's, which
            the value names.
        padded_accel: Whether Accel is averaged over all ``n`` frames of a
            stretch, its two ends counting 0, as some releases do.
        pck_joints: Joints of PCK and AUC; the evaluated ones when empty.
        mirror: Whether PA may take the mirror image where that is nearer.
        remarks: What else a reader must know, and where it departs from the
            release it is named after.
    """

    name: str
    title: str
    metrics: tuple[str, ...]
    joint_set: str
    root: tuple[str, ...]
    eval_joints: tuple[str, ...] = ()
    target_source: Optional[str] = None
    vertex_root: Optional[tuple[str, str]] = None
    gender: str = 'neutral'
    frames: FrameSubset = FrameSubset()
    fps: Optional[float] = None
    padded_accel: bool = False
    pck_joints: tuple[str, ...] = ()
    mirror: bool = False
    remarks: tuple[str, ...] = ()
    unit: str = 'mm'

    def text(self) -> str:
        """The protocol in one paragraph, as it is printed and stored."""
        count = len(self.eval_joints) or 'all'
        joints = 'regressed' if self.target_source is None else 'measured'
        parts = [
            self.title,
            f'{count} joints of {self.joint_set}, the target {joints}',
            f'root {_midpoint(self.root)}',
        ]
        if 'pa_mpjpe' in self.metrics:
            parts.append(
                f'PA by a similarity{" or a mirrored one" * self.mirror}'
                ' on the evaluated joints of each frame')
        if 'pa_mpvpe' in self.metrics:
            parts.append('PA of meshes on their vertices')
        if 'mpvpe' in self.metrics:
            parts.append('meshes not aligned' if self.vertex_root is
                         None else f'mesh root {self.vertex_root[1]} of '
                         f'{self.vertex_root[0]}')
        parts.append(f'target of {GENDERS[self.gender]}')
        parts.append(f'frames: {self.frames.words}')
        if 'accel' in self.metrics:
            rate = "the data's rate" if self.fps is None else (
                f'{self.fps:g} frames a second')
            ends = ', the ends of a stretch counting 0' * self.padded_accel
            parts.append(f'Accel at {rate}, within sequences and cuts{ends}')
        parts.append(f'unit {self.unit}')
        return f'{self.name}: ' + '; '.join((*parts, *self.remarks)) + '.'

    def describe(self) -> dict[str, Any]:
        """Name and text, for a result file."""
        return dict(name=self.name, text=self.text())


def _midpoint(joints: tuple[str, ...]) -> str:
    if len(joints) == 1:
        return joints[0]
    return f'midpoint of {" and ".join(joints)}'
