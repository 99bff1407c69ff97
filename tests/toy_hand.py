# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A drawn right hand in the layout of MANO's file: 778 vertices, 16 joints.

Its surface is a box-like palm, open at the wrist, out of which five tubes
grow; from its back, where +z points, the thumb is on the left. Joints, counts,
tips and the order of fingers are MANO's; the shape, its coefficients and the
vertex order are nobody's.
"""
import json

import cv2
import numpy as np
import roma
import torch
from official_files import PARENTS_OF, official_pickle

from mmarts.body_models import MANO
from mmarts.structures import BodyParams
from mmarts.visualization.software_renderer import SoftwareRenderer

SIZE = 224
CAMERA = np.array([[480., 0, 112], [0, 480, 112], [0, 0, 1]])
_COLUMNS, _PALM, _FINGER, _THUMB = 13, 11, 12, 13
_SIDE = 2 * _COLUMNS  # vertices around the palm
_WIDTH, _LENGTH, _DEPTH = 0.084, 0.09, 0.026
# Of index, middle, ring and little finger, metres.
_LENGTHS = (0.075, 0.083, 0.077, 0.06)
# MANO's order of fingers, in which index is first and ring comes last but
# one, from the palm's columns.
_FINGERS = dict(index=0, middle=1, pinky=3, ring=2)
_TIPS = dict(thumb=744, index=320, middle=443, ring=555, pinky=672)


class _Surface:
    """Vertices with the bones they hang on, and faces."""

    def __init__(self):
        self.points, self.place, self.faces = [], [], []

    def add(self, point, finger=-1, along=0.):
        """``along`` runs from 0 to 1 on a finger."""
        self.points.append(point)
        self.place.append((finger, along))
        return len(self.points) - 1

    def join(self, lower, upper):
        """Two rings of as many vertices by triangles."""
        for i in range(len(lower)):
            a, b = lower[i], lower[(i + 1) % len(lower)]
            c, d = upper[i], upper[(i + 1) % len(lower)]
            self.faces += [(a, b, c), (b, d, c)]

    def cap(self, ring, tip):
        self.faces += [(a, b, tip) for a, b in zip(ring, ring[1:] + ring[:1])]


def _palm_ring(height):
    """Front from the thumb's side on, then back the other way."""
    across = np.linspace(-0.5, 0.5, _COLUMNS)
    # Narrower at the wrist, thinner at the sides.
    width = _WIDTH * (0.7 + 0.3 * min(height / 0.6, 1))
    depth = _DEPTH * (0.75 + 0.25 * np.cos(np.pi * across))
    front = np.stack(
        [across * width,
         np.full(_COLUMNS, height * _LENGTH), depth / 2], 1)
    back = front[::-1] * (1, 1, -1)
    return np.concatenate([front, back])


def _finger_ring(base, along, length, direction, taper=0.45):
    """The ring at the root moved along and narrowed, rounder with height."""
    middle = base.mean(0)
    offset = base - middle
    radius = np.linalg.norm(offset, axis=1, keepdims=True)
    round_off = offset / radius * radius.mean()
    mix = min(3 * along, 1)
    shape = (1 - mix) * offset + mix * round_off
    return middle + along * length * direction + (1 - taper * along) * shape


def _tube(surface, ring, count, length, direction, finger, taper=0.45):
    base = np.array([surface.points[i] for i in ring])
    for step in range(1, count + 1):
        along = step / (count + 0.7)
        points = _finger_ring(base, along, length, direction, taper)
        upper = [surface.add(p, finger, along) for p in points]
        surface.join(ring, upper)
        ring = upper
    middle = base.mean(0) + length * direction
    tip = surface.add(middle, finger, 1.)
    surface.cap(ring, tip)
    return tip


def _build():
    """Points, faces, place of every vertex, tips and the wrist's ring."""
    surface = _Surface()
    rings = [[surface.add(p) for p in _palm_ring(level / (_PALM - 1))]
             for level in range(_PALM)]
    hole = 5  # level that the thumb grows from, at the front's first column
    for level in range(_PALM - 1):
        for i in range(_SIDE):
            j = (i + 1) % _SIDE
            if level in (hole - 1, hole) and 0 in (i, j):
                continue
            a, b = rings[level][i], rings[level][j]
            c, d = rings[level + 1][i], rings[level + 1][j]
            surface.faces += [(a, b, c), (b, d, c)]
    tips = {}
    top = rings[-1]
    for name, number in _FINGERS.items():
        first = 3 * number
        front = top[first:first + 4]
        back = top[_SIDE - 1 - first - 3:_SIDE - first]
        tips[name] = _tube(surface, front + back, _FINGER, _LENGTHS[number],
                           np.array([0.1 * (number - 1.5) / 1.5, 1, 0]),
                           list(_FINGERS).index(name))
    low, mid, high = (rings[hole + i] for i in (-1, 0, 1))
    # Round the hole, in the sense of the palm's rings.
    around = [
        low[-1], low[0], low[1], mid[1], high[1], high[0], high[-1], mid[-1]
    ]
    tips['thumb'] = _tube(surface, around, _THUMB, 0.066,
                          np.array([-0.75, 0.62, -0.2]), 4, 0.35)
    gone = mid[0]
    return surface, tips, gone, rings[0]


def hand_arrays(seed=0):
    """Arrays of the official file."""
    surface, tips, gone, _ = _build()
    points = np.array(surface.points)
    count = len(points) - 1
    # The hole's middle leaves; tips go where MANO has them.
    order = [
        i for i in range(len(points)) if i != gone and i not in tips.values()
    ]
    for name, place in sorted(_TIPS.items(), key=lambda item: item[1]):
        order.insert(place, tips[name])
    rank = np.full(len(points), -1)
    rank[order] = np.arange(count)
    points = points[order]
    finger, along = np.array(surface.place)[order].T
    faces = rank[np.array(surface.faces)]
    regressor, weights = _skeleton(points, finger.astype(int), along)
    rng = np.random.default_rng(seed)
    return dict(
        v_template=points,
        f=faces.astype(np.uint32),
        shapedirs=_shapes(points, finger, along),
        posedirs=rng.normal(0, 1e-4, (count, 3, 135)),
        J_regressor=regressor,
        weights=weights,
        kintree_table=np.array([(2**32 - 1, ) + PARENTS_OF['MANO'][1:],
                                range(16)], np.uint32),
        hands_mean=np.tile([-0.1, 0, 0], 15),
        hands_components=np.eye(45))


def _skeleton(points, finger, along):
    """Joints are means of rings; weights blend over a ring or two."""
    regressor, weights = np.zeros((16, len(points))), np.zeros(
        (len(points), 16))
    palm = finger < 0
    wrist = palm & (points[:, 1] < 1e-9)
    regressor[0, wrist] = 1 / wrist.sum()
    weights[palm, 0] = 1
    for number in range(5):
        own = finger == number
        for bone, start in enumerate((0.04, 0.4, 0.7)):
            ring = own & (np.abs(along - start) < 0.05)
            regressor[3 * number + 1 + bone, ring] = 1 / ring.sum()
        places = along[own]
        bent = [
            np.clip((places - start) / 0.12 + 0.5, 0, 1)
            for start in (0.04, 0.4, 0.7)
        ]
        weights[own, 0] = 1 - bent[0]
        weights[own, 3 * number + 1] = bent[0] - bent[1]
        weights[own, 3 * number + 2] = bent[1] - bent[2]
        weights[own, 3 * number + 3] = bent[2]
    return regressor, weights


def _shapes(points, finger, along):
    """Size, width, depth, finger lengths: ten smooth fields, metres."""
    shapes = np.zeros((len(points), 3, 10))
    shapes[..., 0] = 0.05 * points
    for axis in range(3):
        shapes[:, axis, 1 + axis] = 0.04 * points[:, axis]
    for number in range(5):
        reach = np.where(finger == number, along, 0)
        shapes[:, 1, 4 + number] = 0.004 * reach
    shapes[:, 2, 9] = 0.05 * points[:, 1]
    return shapes


def write_hand(folder):
    """``MANO_RIGHT.pkl`` as it would be downloaded; its path."""
    path = folder / 'MANO_RIGHT.pkl'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(official_pickle(hand_arrays()))
    return path


def pose_hand(hand, number):
    """A hand that is a little bent and turned any way.

    Returns:
        Its parameters, place included, and ``(48,)`` of them as FreiHAND's
        files have it: relative to the mean hand.
    """
    rng = np.random.default_rng(number)
    turn = rng.normal(0, 0.6, 3) + (np.pi, 0, 0)
    bent = rng.normal(0, 0.12, (15, 3)) * (1, 0.3, 0.3)
    bent[:, 0] -= rng.uniform(0, 0.5)
    betas = torch.as_tensor(rng.normal(0, 1, 10)).float()
    turns = roma.rotvec_to_rotmat(
        torch.as_tensor(np.concatenate([turn[None], bent])).float())
    params = BodyParams(turns[None, :1], turns[None, 1:], betas[None])
    middle = hand.vertices(params)[0].mean(0)
    place = torch.tensor([*rng.normal(0, 0.01, 2), rng.uniform(0.55, 0.7)])
    params.transl = (place - middle).float()[None]
    own = np.concatenate([turn, (bent - (-0.1, 0, 0)).ravel()])
    return params, own


def draw_hand(hand, vertices, number):
    """``(224, 224, 3)`` uint8: skin before a blurred background."""
    rng = np.random.default_rng((number, 1))
    back = rng.integers(0, 255, (7, 7, 3), np.uint8)
    back = cv2.resize(back, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    renderer = SoftwareRenderer(hand.faces.numpy(), (SIZE, SIZE))
    skin = np.array([[0.85, 0.62, 0.5]]) * rng.uniform(0.7, 1.1)
    image = renderer.render(vertices, CAMERA, skin)
    return np.where(image[..., 3:] > 0, image[..., :3], back)


def write_freihand(root, mano, counts, rounds=1):
    """FreiHAND's folders and JSON, as they are unpacked.

    Args:
        root: Folder to fill.
        mano: The hand's file.
        counts: Hands of each split.
        rounds: Pictures of each training hand.
    """
    hand, first = MANO(str(mano), tips='freihand'), 0
    for split, count in counts.items():
        (root / split / 'rgb').mkdir(parents=True)
        lists = dict(K=[], xyz=[], mano=[], verts=[], scale=[])
        for number in range(count):
            params, own = pose_hand(hand, first + number)
            vertices = hand.vertices(params)[0].numpy()
            joints = hand.joints(params, 'freihand21')[0].numpy()
            numbers = [*own, *params.betas[0].tolist(), 112., 112., 1.]
            for name, value in dict(
                    K=CAMERA.tolist(),
                    xyz=joints.tolist(),
                    mano=[numbers],
                    verts=vertices.tolist(),
                    scale=float(np.linalg.norm(joints[9] -
                                               joints[10]))).items():
                lists[name].append(value)
            for i in range(rounds if split == 'training' else 1):
                name = f'{number + i * count:08}.jpg'
                picture = draw_hand(hand, vertices, first + number + 1000 * i)
                cv2.imwrite(
                    str(root / split / 'rgb' / name), picture[..., ::-1])
        for name, value in lists.items():
            (root / f'{split}_{name}.json').write_text(json.dumps(value))
        first += count
