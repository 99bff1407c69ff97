# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Motion capture files as the tests write them: the original formats."""
import io
import json

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from mmarts.datasets.converters.mocap.check import target_body
from mmarts.datasets.converters.mocap.retarget import PARENT, SMPL

SIDES = (('l', 'left'), ('r', 'right'))
# SMPL joint -> bones of the files that turn with it.
ASF_BONES = dict(spine1='lowerback', spine2='upperback', spine3='thorax')
PLAIN_BONES = dict(
    pelvis='Hips',
    spine1='LowerBack',
    spine2='Spine',
    spine3='Spine1',
    head='Head')
for _letter, _side in SIDES:
    for _joint, _bone, _plain in (('hip', 'femur', 'UpLeg'), ('knee', 'tibia',
                                                              'Leg'),
                                  ('ankle', 'foot', 'Foot'), ('foot', 'toes',
                                                              'ToeBase'),
                                  ('collar', 'clavicle',
                                   'Shoulder'), ('shoulder', 'humerus', 'Arm'),
                                  ('elbow', 'radius',
                                   'ForeArm'), ('wrist', 'hand', 'Hand')):
        ASF_BONES[f'{_side}_{_joint}'] = f'{_letter}{_bone}'
        PLAIN_BONES[f'{_side}_{_joint}'] = f'{_side.title()}{_plain}'


def smpl_motion(frames: int = 24, seed: int = 0) -> dict[str, Rotation]:
    """Random parent-relative rotations of SMPL's joints, slow and possible.

    Hands do not twist, so that nothing is shared with the forearm.
    """
    rng = np.random.default_rng(seed)
    keys = np.linspace(0, frames - 1, 3)
    motion = {}
    for name in SMPL.joints:
        turns = rng.normal(0, 1 if name == 'pelvis' else 0.3, (3, 3))
        if name.endswith(('wrist', 'ankle', 'foot')):
            turns *= 0.4
        if name.endswith('wrist'):
            turns[:, 0] = 0
        if name.endswith('hand'):
            turns *= 0
        motion[name] = Slerp(keys, Rotation.from_rotvec(turns))(
            np.arange(frames))
    for side in ('left', 'right'):
        name = f'{side}_wrist'
        # Without x, the interpolation may still leave some twist.
        turns = motion[name].as_rotvec() * [0, 1, 1]
        motion[name] = Rotation.from_rotvec(turns)
    return motion


def standing_motion(frames: int, seed: int = 0) -> dict[str, Rotation]:
    """The same with the lower body at rest."""
    motion = smpl_motion(frames, seed)
    for name in motion:
        if name.endswith(('pelvis', 'hip', 'knee', 'ankle', 'foot')):
            motion[name] = Rotation.identity(frames)
    return motion


def asf_text(seed: int = 0, unit: float = 0.45) -> str:
    """The free body as an Acclaim skeleton, bones with odd axes."""
    bones = _asf_bones(seed)
    lines = [
        '# made by a test', ':version 1.10', ':name test', ':units',
        '  mass 1.0', f'  length {unit}', '  angle deg', ':documentation',
        '  a small skeleton', ':root', '   order TX TY TZ RX RY RZ',
        '   axis XYZ', '   position 0 0 0', '   orientation 0 0 0', ':bonedata'
    ]
    for number, (name, bone) in enumerate(bones.items(), 1):
        length = np.linalg.norm(bone['offset'])
        direction = bone['offset'] / length
        axis = ' '.join(map(str, bone['axis'].as_euler('xyz', degrees=True)))
        lines += [
            '  begin', f'     id {number}', f'     name {name}',
            '     direction {} {} {}'.format(*direction),
            f'     length {length / 0.0254 * unit}', f'     axis {axis}  XYZ'
        ]
        if bone['dof']:
            lines += [f'    dof {bone["dof"]}', '    limits (-160.0 20.0)']
        lines += ['  end']
    lines += [':hierarchy', '  begin']
    for parent in ('root', *bones):
        children = [n for n, b in bones.items() if b['parent'] == parent]
        if children:
            lines.append(f'    {parent} {" ".join(children)}')
    return '\r\n'.join([*lines, '  end', ''])


def amc_text(motion: dict[str, Rotation],
             root: np.ndarray,
             seed: int = 0,
             unit: float = 0.45) -> str:
    """``F`` frames of SMPL rotations and hip middles ``(F, 3)`` in metres."""
    bones, columns = _asf_bones(seed), {}
    columns['root'] = np.hstack(
        [root / 0.0254 * unit, motion['pelvis'].as_euler('xyz', degrees=True)])
    for joint, bone in ASF_BONES.items():
        axis = bones[bone]['axis']
        local = axis.inv() * motion[joint] * axis
        columns[bone] = local.as_euler('xyz', degrees=True)
    # SMPL's neck is two bones, which turn by halves; so do neck and head.
    half = Rotation.from_rotvec(motion['neck'].as_rotvec())
    for bone, turn in (('lowerneck', half), ('upperneck',
                                             Rotation.identity(len(root))),
                       ('head', motion['head'])):
        axis = bones[bone]['axis']
        columns[bone] = (axis.inv() * turn * axis).as_euler(
            'xyz', degrees=True)
    lines = [':FULLY-SPECIFIED', ':DEGREES']
    for frame in range(len(root)):
        lines.append(str(frame + 1))
        lines += [
            f'{name} ' + ' '.join(f'{v:.9g}' for v in values[frame].round(9))
            for name, values in columns.items()
        ]
    return '\n'.join(lines) + '\n'


def bvh_text(motion: dict[str, Rotation],
             root: np.ndarray,
             fps: float = 60.0,
             scale: float = 100.0) -> str:
    """SMPL rotations in a BVH with plain names, ``F`` frames."""
    rest = target_body().rest
    children = {name: [] for name in SMPL.joints}
    for child, parent in PARENT.items():
        children[parent].append(child)
    head, rows = ['HIERARCHY'], [[] for _ in root]

    def channels(turn):
        for row, angles in zip(rows, turn.as_euler('ZYX', degrees=True)):
            row += list(angles)

    def write(joint, offset, depth):
        pad = '  ' * depth
        names = ['Neck', 'Neck1'] if joint == 'neck' else [
            PLAIN_BONES.get(joint, f'{joint}_x')
        ]
        for number, name in enumerate(names):
            kind = 'JOINT' if depth else 'ROOT'
            place = offset * scale if number == 0 else np.zeros(3)
            head.append(f'{pad}{kind} {name}\n{pad}{{')
            head.append('{}  OFFSET {} {} {}'.format(pad, *place))
            position = '' if depth else 'Xposition Yposition Zposition '
            head.append(f'{pad}  CHANNELS {3 if depth else 6} {position}'
                        'Zrotation Yrotation Xrotation')
            if not depth:
                for row, place in zip(rows, root * scale):
                    row += list(place)
            channels(motion[joint] if number ==
                     0 else Rotation.identity(len(root)))
        for child in children[joint]:
            write(child, rest[child] - rest[joint], depth + 1)
        if not children[joint]:
            head.append(f'{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0 1 0'
                        f'\n{pad}  }}')
        head.extend([f'{pad}}}'] * len(names))

    write('pelvis', np.zeros(3), 0)
    body = [' '.join(f'{v:.9g}' for v in row) for row in rows]
    return '\n'.join([
        *head, 'MOTION', f'Frames: {len(rows)}', f'Frame Time: {1 / fps:.6f}',
        *body, ''
    ])


def amass_bytes(motion: dict[str, Rotation],
                root: np.ndarray,
                fps: float = 120.0,
                width: int = 156,
                **changes) -> bytes:
    """SMPL rotations as AMASS stores them: z up, ``poses`` ``(F, width)``."""
    up = Rotation.from_euler('x', 90, degrees=True)
    poses = np.zeros((len(root), width))
    for i, name in enumerate(SMPL.joints):
        turn = up * motion[name] if name == 'pelvis' else motion[name]
        if i < 22 or width == 72:
            poses[:, 3 * i:3 * i + 3] = turn.as_rotvec()
    arrays = dict(
        poses=poses,
        trans=up.apply(root),
        betas=np.zeros(16),
        dmpls=np.zeros((len(root), 8)),
        gender=np.array('male'),
        mocap_framerate=np.array(fps))
    arrays.update(changes)
    content = io.BytesIO()
    np.savez(content, **{k: v for k, v in arrays.items() if v is not None})
    return content.getvalue()


def pybullet_text(frames: np.ndarray) -> str:
    """Rows ``(F, 44)`` as JSON."""
    return json.dumps(dict(Loop='none', Frames=frames.tolist()))


def _asf_bones(seed: int) -> dict[str, dict]:
    """Bones with offsets in metres, axes, degrees of freedom, parents."""
    rest = target_body().rest
    rng = np.random.default_rng(seed)
    bones = {}

    def add(name, parent, offset, dof='rx ry rz'):
        axis = Rotation.from_rotvec(rng.normal(
            size=3)) if dof else (Rotation.identity())
        bones[name] = dict(
            parent=parent, offset=np.asarray(offset), axis=axis, dof=dof)

    trunk = (rest['neck'] - rest['pelvis']) / 3
    for name, parent in (('lowerback', 'root'), ('upperback', 'lowerback'),
                         ('thorax', 'upperback')):
        add(name, parent, trunk)
    neck = (rest['head'] - rest['neck']) / 2
    add('lowerneck', 'thorax', neck)
    add('upperneck', 'lowerneck', neck)
    add('head', 'upperneck', neck)
    for letter, side in SIDES:

        def bone(end, start):
            return rest[f'{side}_{end}'] - rest[f'{side}_{start}']

        add(f'{letter}hipjoint', 'root', rest[f'{side}_hip'] - rest['pelvis'],
            '')
        add(f'{letter}femur', f'{letter}hipjoint', bone('knee', 'hip'))
        add(f'{letter}tibia', f'{letter}femur', bone('ankle', 'knee'))
        add(f'{letter}foot', f'{letter}tibia', bone('foot', 'ankle'))
        add(f'{letter}toes', f'{letter}foot', [0., 0., 0.05])
        add(f'{letter}clavicle', 'thorax',
            rest[f'{side}_shoulder'] - rest['neck'])
        add(f'{letter}humerus', f'{letter}clavicle', bone('elbow', 'shoulder'))
        forearm = bone('wrist', 'elbow') / 2
        add(f'{letter}radius', f'{letter}humerus', forearm)
        add(f'{letter}wrist', f'{letter}radius', forearm, '')
        add(f'{letter}hand', f'{letter}wrist', bone('hand', 'wrist'))
        add(f'{letter}fingers', f'{letter}hand', bone('hand', 'wrist') / 2, '')
    return bones
