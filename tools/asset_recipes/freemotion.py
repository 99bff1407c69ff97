# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Makes ``freemotion.npz`` and its split: motion clips that ship."""
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmarts.datasets.converters.mocap.check import target_body
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file, write_json

DEFAULT_OUT = 'mmarts/assets/freemotion.npz'
DEFAULT_SPLIT = 'mmarts/assets/freemotion_split.json'
# Seconds of a CMU clip that ship; clips of pybullet ship whole.
EXCERPT_SECONDS = dict(train=4.0, val=7.0, test=5.0)
# What tells how much a pose varies.
MOVING_JOINTS = ('left_knee', 'right_knee', 'left_ankle', 'right_ankle',
                 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
                 'head')
VAL_SUBJECT, TEST_SUBJECT, SHARED_SUBJECTS = '03', '07', ('05', '06')
# Of the clips of subjects 05 and 06 in the order of their names, the middle
# one of every seven.
EVERY, PLACE = 7, 3
# One of locomotion, one of arms, one of the whole body.
TEST_CLIPS = ('pybullet/walk', 'pybullet/punch', 'pybullet/dance_b')
RULE = (f'Validation: all of CMU subject {VAL_SUBJECT}. Test: all of CMU '
        f'subject {TEST_SUBJECT}; of CMU subjects '
        f'{" and ".join(SHARED_SUBJECTS)}, sorted by name, the middle clip '
        f'of every {EVERY}; {", ".join(TEST_CLIPS)}. Training: the rest.')
# Values are multiples of this (radians, metres): 0.007 degrees, 0.12 mm, and
# a file of half the size.
STEP = 2.0**-13


@dataclass
class Converted:
    """One file of ``tools/convert_dataset.py``.

    Args:
        name: Such as ``'cmu/02_01'``.
        sha256: Of the original file.
        fps: Frames a second.
        rotvec: ``(F, 24, 3)``.
        transl: ``(F, 3)``.
    """

    name: str
    sha256: str
    fps: float
    rotvec: np.ndarray
    transl: np.ndarray


def add_parser(subparsers) -> None:
    """Add ``freemotion`` to the command line of make_assets.py."""
    parser = subparsers.add_parser(
        'freemotion',
        help='motion clips for FreeMotion and their split',
        description='Takes excerpts of converted clips: a folder into which '
        'tools/convert_dataset.py has converted pybullet, and CMU subjects '
        '01 to 03 (cmu-asfamc) and 05 to 07 (bvh).')
    parser.add_argument('folder', type=Path, help='the converted folder')
    parser.add_argument('--out', default=DEFAULT_OUT)
    parser.add_argument('--split-out', default=DEFAULT_SPLIT)
    parser.set_defaults(run=run)


def run(args) -> None:
    """Write both files and print what is in them."""
    clips = read_folder(args.folder)
    splits = split_clips([clip.name for clip in clips])
    write_json(
        args.split_out,
        dict(
            version=1,
            rule=RULE,
            clips={
                c.name: dict(split=splits[c.name], source_sha256=c.sha256)
                for c in clips
            }))
    arrays = pack(clips, splits)
    with whole_file(args.out) as temporary:
        np.savez_compressed(temporary, **arrays)
    seconds = arrays['clip_length'] / arrays['clip_fps']
    for split in EXCERPT_SECONDS:
        chosen = arrays['clip_split'] == split
        print(f'{split}: {chosen.sum()} clips, {seconds[chosen].sum():.1f} s')
    print(f'wrote {args.out}, {os.path.getsize(args.out) / 1e6:.2f} MB, and '
          f'{args.split_out}')


def read_folder(folder: Path) -> list[Converted]:
    """All clips of a folder, sorted by name.

    Raises:
        FileNotFoundError: If there are none.
    """
    clips = []
    for path in folder.glob('*.npz'):
        with np.load(path, allow_pickle=False) as file:
            clips.append(
                Converted(
                    str(file['name']), str(file['source_sha256']),
                    float(file['fps']), file['rotvec'], file['transl']))
    if not clips:
        raise FileNotFoundError(f'"{folder}" has no converted clips; '
                                'tools/convert_dataset.py makes them.')
    return sorted(clips, key=lambda clip: clip.name)


def split_clips(names: list[str]) -> dict[str, str]:
    """Name -> ``'train'``, ``'val'`` or ``'test'`` by :data:`RULE`."""
    subject = {name: name.split('/')[1].split('_')[0] for name in names}
    cmu = sorted(name for name in names if name.startswith('cmu/'))
    shared = [name for name in cmu if subject[name] in SHARED_SUBJECTS]
    splits = dict.fromkeys(names, 'train')
    splits.update((n, 'val') for n in cmu if subject[n] == VAL_SUBJECT)
    splits.update((n, 'test') for n in cmu if subject[n] == TEST_SUBJECT)
    splits.update((n, 'test') for n in shared[PLACE::EVERY])
    splits.update((n, 'test') for n in TEST_CLIPS if n in splits)
    return splits


def pack(clips: list[Converted], splits: dict[str,
                                              str]) -> dict[str, np.ndarray]:
    """Excerpts of all clips, one after the other.

    Returns:
        The arrays that ``mmarts/assets/README.md`` lists.
    """
    parts = []
    for clip in clips:
        first, count = choose_excerpt(clip, splits[clip.name])
        parts.append((clip.rotvec[first:first + count],
                      clip.transl[first:first + count], first / clip.fps))
    rotvec, transl, starts = zip(*parts)
    return dict(
        rotvec=_rounded(np.concatenate(rotvec)),
        transl=_rounded(np.concatenate(transl)),
        clip_length=np.array([len(part) for part in transl]),
        clip_fps=np.array([clip.fps for clip in clips]),
        clip_name=np.array([clip.name for clip in clips]),
        clip_split=np.array([splits[clip.name] for clip in clips]),
        clip_source_start=np.array(starts),
        clip_source_sha256=np.array([clip.sha256 for clip in clips]))


def choose_excerpt(clip: Converted, split: str) -> tuple[int, int]:
    """First frame and number of frames that ship.

    Training takes the window in which the pose varies most, the others the
    middle one, which looks at nothing.
    """
    count = round(EXCERPT_SECONDS[split] * clip.fps)
    spare = len(clip.transl) - count
    if spare <= 0 or clip.name.startswith('pybullet/'):
        return 0, len(clip.transl)
    if split != 'train':
        return spare // 2, count
    return int(pose_variance(clip.rotvec, count).argmax()), count


def pose_variance(rotvec: np.ndarray, count: int) -> np.ndarray:
    """Variance of the pose in every window, square metres: ``(F-N+1,)``.

    Of the positions of knees, ankles, elbows, wrists and head, seen from
    the pelvis, over the ``count`` frames of a window.
    """
    still = rotvec.copy()
    still[:, 0] = 0
    joints = target_body().joints(still, np.zeros((len(rotvec), 3)))
    index = get_joint_set('smpl24').index(*MOVING_JOINTS)
    points = joints[:, index].reshape(len(joints), -1)

    def window_mean(values):
        total = np.cumsum(np.pad(values, ((1, 0), (0, 0))), axis=0)
        return (total[count:] - total[:-count]) / count

    return (window_mean(points**2) - window_mean(points)**2).sum(-1)


def _rounded(values: np.ndarray) -> np.ndarray:
    return (np.round(values / STEP) * STEP).astype('f4')
