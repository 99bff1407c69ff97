# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Contact sheet of the free body: views, shapes and poses."""
from pathlib import Path

import numpy as np

from .free_body_pose import load_body, pose_body, rotvec_to_rotmat

ARMS_DOWN = {'left_shoulder': (0, 0, -75), 'right_shoulder': (0, 0, 75)}
POSES = {
    'arms down': ARMS_DOWN,
    'walk': {
        'left_shoulder': (0, 30, -75),
        'right_shoulder': (0, 30, 75),
        'left_elbow': (0, -25, 0),
        'right_elbow': (0, 45, 0),
        'left_hip': (-30, 0, 0),
        'left_knee': (15, 0, 0),
        'right_hip': (20, 0, 0),
        'right_knee': (40, 0, 0)
    },
    'sit': {
        **ARMS_DOWN, 'left_hip': (-90, 0, 0),
        'right_hip': (-90, 0, 0),
        'left_knee': (90, 0, 0),
        'right_knee': (90, 0, 0)
    },
    'arms up': {
        'left_shoulder': (0, 0, 70),
        'right_shoulder': (0, 0, -70)
    },
    'elbows 90': {
        'left_elbow': (0, -90, 0),
        'right_elbow': (0, 90, 0)
    },
    'knees 90': {
        'left_knee': (90, 0, 0),
        'right_knee': (90, 0, 0)
    },
    'squat': {
        'left_shoulder': (0, -80, 0),
        'right_shoulder': (0, 80, 0),
        'left_hip': (-110, 0, 25),
        'right_hip': (-110, 0, -25),
        'left_knee': (120, 0, 0),
        'right_knee': (120, 0, 0),
        'left_ankle': (-25, 0, 0),
        'right_ankle': (-25, 0, 0),
        'spine1': (20, 0, 0)
    },
    'bow': {
        'spine1': (20, 0, 0),
        'spine2': (20, 0, 0),
        'spine3': (20, 0, 0),
        **ARMS_DOWN
    },
}
SKIN, INSIDE = 205., 60.  # grey levels; a grey PNG is far smaller
SUPERSAMPLE = 3
SHADES = 20


def draw(vertices: np.ndarray,
         faces: np.ndarray,
         view: float,
         centre,
         span: float,
         size: int,
         tilt: float = 0.) -> np.ndarray:
    """Orthographic grey picture ``(size, size)``, far faces first.

    Args:
        vertices: ``(V, 3)`` metres, y up.
        faces: ``(F, 3)``.
        view: Degrees the body is turned about y; 0 shows the front.
        centre: ``(3,)`` what the middle of the picture shows.
        span: Metres across the picture.
        size: Pixels.
        tilt: Degrees the camera looks down.
    """
    import cv2
    turn = (
        rotvec_to_rotmat(np.radians([tilt, 0, 0])) @ rotvec_to_rotmat(
            np.radians([0, view, 0])))
    points = (vertices - centre) @ turn.T
    pixels = size * SUPERSAMPLE
    image = np.full((pixels, pixels), 255, np.uint8)
    corners = points[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0],
                      corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12)
    light = np.array([.35, .5, .8])
    shade = .3 + .7 * (normal @ (light / np.linalg.norm(light))).clip(0)
    shade = np.round(shade * SHADES) / SHADES  # a smaller file
    screen = points[:, :2] * [1, -1] * (pixels / span) + pixels / 2
    screen = np.round(screen * 16).astype(np.int32)  # 4 fractional bits
    for i in np.argsort(corners[..., 2].mean(1)):
        color = SKIN * shade[i] if normal[i, 2] > 0 else INSIDE
        cv2.fillConvexPoly(image, screen[faces[i]], float(color), cv2.LINE_8,
                           4)
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def pictures(body: dict, size: int) -> dict:
    """All pictures of the contact sheet by their captions."""
    faces = body['f'].astype(int)
    middle = np.array([0, -.12, 0])
    rest = body['v_template']
    result = {
        name: draw(rest, faces, view, middle, 2., size)
        for name, view in (('front', 0), ('side', -90), ('back', 180))
    }
    picks = dict(zip(body['vertex_pick_names'].tolist(), body['vertex_picks']))
    nose = rest[picks['nose']]
    for name, view in (('face', 0), ('face, 3/4', -40)):
        result[name] = draw(rest, faces, view, [0, nose[1] + .01, .04], .32,
                            size)
    hand = rest[picks['left_middle']] - [.07, 0, 0]
    result['hand'] = draw(rest, faces, 0, hand, .28, size, tilt=60)
    for k, low, high in ((0, 'short', 'tall'), (1, 'heavy', 'light')):
        for sign, word in ((-2, low), (2, high)):
            betas = np.zeros(10)
            betas[k] = sign
            result[f'beta {k} = {sign:+d}'] = draw(
                pose_body(body, {}, betas), faces, 0, middle, 2.2, size)
    for name, pose in POSES.items():
        view = -60 if name in ('walk', 'sit', 'squat', 'bow',
                               'knees 90') else -20
        result[name] = draw(
            pose_body(body, pose), faces, view, middle, 2., size)
    return result


def write_contact_sheet(path: Path,
                        target: Path,
                        size: int = 200,
                        columns: int = 6) -> None:
    """Draw an asset to one PNG."""
    import cv2
    tiles = []
    for name, image in pictures(load_body(path), size).items():
        cv2.putText(image, name, (6, 14), cv2.FONT_HERSHEY_SIMPLEX, .42, 40, 1,
                    cv2.LINE_AA)
        tiles.append(image)
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % columns)
    rows = [
        np.hstack(tiles[i:i + columns]) for i in range(0, len(tiles), columns)
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(target), np.vstack(rows), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f'{target}: {target.stat().st_size / 1000:.0f} kB')
