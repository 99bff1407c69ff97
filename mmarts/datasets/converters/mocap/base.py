# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a converter of motion capture reads, and what it hands on."""
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.source_files import SourceFiles

# Raised when the arithmetic changes: clips of an older number are redone.
CONVERTER_VERSION = 1


@dataclass(frozen=True)
class ClipFile:
    """One original clip.

    Args:
        name: Name of the converted clip, such as ``'cmu/02_01'``.
        path: Its file, in the folder or archive.
        skeleton: File with its skeleton where that is another one; empty
            where the clip brings its own.
        title: Words for where it comes from, if not the converter's.
    """

    name: str
    path: str
    skeleton: str = ''
    title: str = ''


@dataclass
class SourceMotion:
    """A clip in the terms of its source, joints named as SMPL's.

    The world has y up; in the rest pose the person faces +z with the left
    side at +x, arms to the sides, palms down.

    Args:
        fps: Frames a second.
        turns: SMPL joint -> ``F`` world rotations of its segment, relative
            to the source's rest pose. ``'pelvis'`` is there; a joint that is
            not stays at rest relative to its parent.
        joints: SMPL joint -> ``(F, 3)`` world positions in metres, by the
            source's own kinematics. Hips, knees, ankles, shoulders, elbows
            and wrists are there.
        rest_joints: The same joints in the rest pose, ``(3,)`` each.
        bind: SMPL joint -> rotation of SMPL's rest segment to the source's,
            where :func:`~.retarget.bind_rotations` shall not find it.
        own_smpl: Whether the rotations are SMPL's own, to be kept as they
            are.
        dropped: Frames left out at the ends: a rest pose, an unsolved body.
        repaired: Joint -> share of its frames that were replaced.
        notes: What a reader of the report should know about this clip.
    """

    fps: float
    turns: dict[str, Rotation]
    joints: dict[str, np.ndarray]
    rest_joints: dict[str, np.ndarray]
    bind: dict[str, Rotation] = field(default_factory=dict)
    own_smpl: bool = False
    dropped: int = 0
    repaired: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.turns['pelvis'])


class MotionConverter(ABC):
    """Original files of one format -> :class:`SourceMotion`.

    Subclasses fill ``title``, the words for the source in ``source``, and
    ``suffix``, the ending of a clip's file.
    """

    title: str
    suffix: str

    def clips(self, files: SourceFiles) -> list[ClipFile]:
        """Clips of a folder or archive, sorted by name.

        Raises:
            ValueError: If there is none, or two have one name.
        """
        found = sorted(
            (self.clip(path, files)
             for path in files if path.lower().endswith(self.suffix)),
            key=lambda clip: clip.name)
        if not found:
            raise ValueError(f'"{files.root}" has no *{self.suffix} files; '
                             f'it has {files.summary()}.')
        for one, other in zip(found, found[1:]):
            if one.name == other.name:
                raise ValueError(f'"{one.path}" and "{other.path}" would '
                                 f'both be clip "{one.name}".')
        return found

    @abstractmethod
    def clip(self, path: str, files: SourceFiles) -> ClipFile:
        """Name of a clip, and its skeleton's file."""

    @abstractmethod
    def read(self, clip: ClipFile, files: SourceFiles) -> SourceMotion:
        """Read one clip.

        Raises:
            ValueError: Saying in one line what is wrong with the file.
        """


def spread(start: Rotation, end: Rotation, count: int) -> list[Rotation]:
    """Equal steps along the geodesic from one rotation to another.

    Args:
        start: ``F`` rotations.
        end: ``F`` rotations.
        count: Steps ``N``.

    Returns:
        ``N`` tracks, the last of which is ``end``.
    """
    turn = (start.inv() * end).as_rotvec()
    return [
        start * Rotation.from_rotvec(turn * step / count)
        for step in range(1, count + 1)
    ]
