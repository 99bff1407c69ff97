# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Makes ``freemotion.npz``: free motion clips as SMPL rotations."""
import json
import os
import zipfile
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

DEFAULT_OUT = 'mmarts/assets/freemotion.npz'
# Clips that no training sample is made of: one of locomotion, one of arms,
# one of the whole body.
TEST_CLIPS = ('humanoid3d_walk', 'humanoid3d_punch', 'humanoid3d_dance_b')
# Source axes (x forward, y up, z right) to SMPL's (x left, y up, z forward).
BASIS = np.array([[0., 0., -1.], [0., 1., 0.], [1., 0., 0.]])
# Columns of a row after dt and the root position; 4 = quaternion (w x y z),
# 1 = angle in radians about the source's z axis.
CHANNELS = (('root', 4), ('chest', 4), ('neck', 4), ('right_hip', 4),
            ('right_knee', 1), ('right_ankle', 4), ('right_shoulder', 4),
            ('right_elbow', 1), ('left_hip', 4), ('left_knee', 1),
            ('left_ankle', 4), ('left_shoulder', 4), ('left_elbow', 1))
SMPL_JOINTS = ('pelvis', 'left_hip', 'right_hip', 'spine1', 'left_knee',
               'right_knee', 'spine2', 'left_ankle', 'right_ankle', 'spine3',
               'left_foot', 'right_foot', 'neck', 'left_collar',
               'right_collar', 'head', 'left_shoulder', 'right_shoulder',
               'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
               'left_hand', 'right_hand')
# One source joint bends several of SMPL's: each takes an equal part.
SHARED = {'chest': ('spine1', 'spine2', 'spine3'), 'neck': ('neck', 'head')}


def add_parser(subparsers) -> None:
    """Add ``freemotion`` to the command line of make_assets.py."""
    parser = subparsers.add_parser(
        'freemotion',
        help='motion clips for FreeMotion, from the pybullet archive',
        description='Converts pybullet_humanoid3d.zip (the JSON clips of '
        'pybullet_data/data/motions, zlib licence) to SMPL rotations.')
    parser.add_argument('archive', help='path of pybullet_humanoid3d.zip')
    parser.add_argument('--out', default=DEFAULT_OUT)
    parser.set_defaults(run=run)


def run(args) -> None:
    """Convert every clip of the archive and write one file."""
    names, clips, dts = [], [], []
    with zipfile.ZipFile(args.archive) as archive:
        for member in sorted(archive.namelist()):
            motion = json.loads(archive.read(member))
            frames = np.array(motion['Frames'])
            names.append(Path(member).stem)
            clips.append(convert_clip(frames))
            # A clip's last row repeats its dt or holds 0: rows are evenly
            # spaced, so the median is the step.
            dts.append(float(np.median(frames[:, 0])))
            print(f'{names[-1]}: {len(frames)} frames at '
                  f'{1 / dts[-1]:.1f} fps')
    arrays = dict(
        rotvec=np.concatenate([c[0] for c in clips]).astype('f4'),
        transl=np.concatenate([c[1] for c in clips]).astype('f4'),
        clip_length=np.array([len(c[0]) for c in clips]),
        clip_fps=1 / np.array(dts),
        clip_name=np.array(names),
        clip_split=np.array(
            ['test' if n in TEST_CLIPS else 'train' for n in names]))
    temporary = f'{args.out}.part.npz'
    np.savez_compressed(temporary, **arrays)
    os.replace(temporary, args.out)
    print(f'wrote {args.out}, {os.path.getsize(args.out) / 1e6:.2f} MB')


def convert_clip(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One clip in the source's layout to SMPL's.

    Args:
        frames: ``(F, 44)`` rows: dt, root position (m), rotations.

    Returns:
        Parent-relative rotation vectors ``(F, 24, 3)`` in SMPL's body axes
        (the root's in a world with y up) and root position ``(F, 3)``,
        metres. Joints without data (collars, wrists, hands, feet) rest.
    """
    turns = _source_rotations(frames)
    smpl = {name: Rotation.identity(len(frames)) for name in SMPL_JOINTS}
    for name, rotation in turns.items():
        targets = SHARED.get(name, ('pelvis' if name == 'root' else name, ))
        part = Rotation.from_rotvec(rotation.as_rotvec() / len(targets))
        for target in targets:
            smpl[target] = part
    for side, sign in (('left', -1), ('right', 1)):
        # The source rests with hanging arms, SMPL with arms to the sides.
        hang = Rotation.from_euler('z', sign * 90, degrees=True)
        shoulder, elbow = f'{side}_shoulder', f'{side}_elbow'
        smpl[shoulder] = smpl[shoulder] * hang
        smpl[elbow] = hang.inv() * smpl[elbow] * hang
    rotvec = np.stack([smpl[name].as_rotvec() for name in SMPL_JOINTS], 1)
    return rotvec, frames[:, 1:4] @ BASIS.T


def _source_rotations(frames: np.ndarray) -> dict[str, Rotation]:
    turns, column = {}, 4
    basis = Rotation.from_matrix(BASIS)
    for name, size in CHANNELS:
        values = frames[:, column:column + size]
        column += size
        if size == 4:
            rotation = Rotation.from_quat(values[:, [1, 2, 3, 0]])
        else:
            rotation = Rotation.from_rotvec(values * [[0., 0., 1.]])
        turns[name] = basis * rotation * basis.inv()
    return turns
