# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measure the free body and print the tables of its README."""
from pathlib import Path

import numpy as np

from .free_body_keypoints import (COCO, EXTRA, H36M, LSP, RADIUS, check_mirror,
                                  keypoint_target, posed_samples)
from .free_body_pose import load_body, pose_body
from .free_body_shape import ShapeSpace, heights_and_bmi, volumes

METRES_TO_MM = 1000.
NUM_HELD_OUT = 300
HELD_OUT_SEED_OFFSET = 1000  # never the bodies of the fit
BENDS = {
    'elbows 90': {
        'left_elbow': (0, -90, 0),
        'right_elbow': (0, 90, 0)
    },
    'knees 90': {
        'left_knee': (90, 0, 0),
        'right_knee': (90, 0, 0)
    },
    'hips 90': {
        'left_hip': (-90, 0, 0),
        'right_hip': (-90, 0, 0)
    },
    'arms down 75': {
        'left_shoulder': (0, 0, -75),
        'right_shoulder': (0, 0, 75)
    },
    'arms up 70': {
        'left_shoulder': (0, 0, 70),
        'right_shoulder': (0, 0, -70)
    },
}


def _table(header: tuple, rows) -> str:
    lines = [header, ('---', ) * len(header), *rows]
    return '\n'.join('| ' + ' | '.join(str(cell) for cell in line) + ' |'
                     for line in lines) + '\n'


def print_report(path: Path, seed: int) -> None:
    """Print all tables; the held-out bodies need Anny."""
    body = load_body(path)
    print(_table(('property', 'value'), _mesh_rows(body, path)))
    print(
        _table(('beta', 'height m at -3 / -2 / -1 / 0 / 1 / 2 / 3',
                'BMI at the same', 'variance %'), _shape_rows(body)))
    print(_table(('pose', 'volume change %'), _volume_rows(body)))
    _print_held_out(body, seed)


def _mirror_errors(body: dict) -> tuple:
    flip, swap = body['flip_vertices'], body['flip_joints']
    sign = np.array([-1., 1., 1.])
    template, shapes = body['v_template'], body['shapedirs']
    return (abs(template[flip] * sign - template).max(),
            abs(shapes[flip] * sign[:, None] - shapes).max(),
            abs(body['weights'][flip][:, swap] - body['weights']).max())


def _mesh_rows(body: dict, path: Path):
    template, shapes, weights = _mirror_errors(body)
    rows = [('joints', body['joint_names'], 'J_regressor'),
            ('coco', COCO, 'J_regressor_coco'),
            ('h36m', H36M, 'J_regressor_h36m'),
            ('lsp', LSP, 'J_regressor_lsp')]
    uneven = max(
        check_mirror(names, body[key], body['flip_vertices'])
        for _, names, key in rows)
    influences = np.bincount((body['weights'] > 0).sum(1), minlength=5)[1:]
    edges = body['v_template'][body['f'].astype(int)]
    from .free_body_decimate import face_quality
    quality = np.percentile(face_quality(edges), (50, 5, 0))
    yield 'file', f'{path.stat().st_size / 1e6:.2f} MB'
    yield 'vertices, faces', f'{len(body["v_template"])}, {len(body["f"])}'
    yield 'mirror error, template', f'{template * METRES_TO_MM:.1e} mm'
    yield 'mirror error, shapedirs', f'{shapes * METRES_TO_MM:.1e} mm'
    yield 'mirror error, skin weights', f'{weights:.1e}'
    yield 'mirror error, all regressors', f'{uneven:.1e}'
    yield ('vertices with 1 / 2 / 3 / 4 influences',
           ' / '.join(map(str, influences)))
    yield ('face quality median / 5 % / worst (equilateral = 1)',
           ' / '.join(f'{q:.2f}' for q in quality))


def _shape_rows(body: dict):
    faces = body['f'].astype(int)
    for k in range(10):
        betas = np.zeros((7, 10))
        betas[:, k] = range(-3, 4)
        vertices = np.stack([pose_body(body, {}, b) for b in betas])
        height, bmi = heights_and_bmi(vertices, faces)
        yield (k, ' / '.join(f'{h:.2f}' for h in height),
               ' / '.join(f'{b:.1f}' for b in bmi),
               f'{100 * body["shape_variance"][k]:.2f}')
    yield 'all', '', '', f'{100 * body["shape_variance"].sum():.2f}'


def _volume_rows(body: dict):
    faces = body['f'].astype(int)
    rest = volumes(body['v_template'][None], faces)[0]
    for name, pose in BENDS.items():
        bent = volumes(pose_body(body, pose)[None], faces)[0]
        yield name, f'{100 * (bent / rest - 1):+.1f}'


def _print_held_out(body: dict, seed: int) -> None:
    """Tables that need bodies the fit has not seen."""
    from .free_body import decimate, sample_bodies
    from .free_body_source import AnnySource
    source = AnnySource()
    keep, faces, flip = decimate(source, np.random.default_rng(seed))
    if not np.array_equal(faces, body['f']):
        raise SystemExit('the asset was built with another --seed or recipe; '
                         'rebuild it before it is measured')
    rng = np.random.default_rng(seed + HELD_OUT_SEED_OFFSET)
    vertices, joints = sample_bodies(source, NUM_HELD_OUT, rng, keep, flip)
    space = ShapeSpace(body['v_template'], body['shapedirs'],
                       body['shape_variance'])
    # The asset's origin is its regressed pelvis.
    joints = joints - (body['J_regressor'][0] @ vertices)[:, None]
    vertices = vertices - (body['J_regressor'][0] @ vertices)[:, None]
    betas = space.betas_of(vertices)
    error = np.linalg.norm(space.vertices(betas) - vertices, axis=-1)
    worst = error.mean(1).max()
    print(
        _table(('held-out bodies, 10 betas', 'mm'),
               ((name, f'{value * METRES_TO_MM:.2f}')
                for name, value in (('mean', error.mean()),
                                    ('95 % of vertices',
                                     np.percentile(error, 95)),
                                    ('worst body, mean', worst),
                                    ('worst vertex', error.max())))))
    spread = ', '.join(f'{s:.2f}' for s in betas.std(0))
    print(f'Standard deviation of the held-out betas: {spread}\n')
    error = np.linalg.norm(body['J_regressor'] @ vertices - joints, axis=-1)
    print(
        _table(('joint', 'mean mm', '95 % mm', 'vertices'),
               _joint_rows(body, error)))
    print(
        _table(('keypoint', 'mean mm', '95 % mm', 'vertices'),
               _keypoint_rows(body, source, keep, rng)))


def _joint_rows(body: dict, error: np.ndarray):
    used = (body['J_regressor'] > 0).sum(1)
    for i, name in enumerate(body['joint_names']):
        if name.startswith('right'):
            continue
        yield (name, f'{error[:, i].mean() * METRES_TO_MM:.1f}',
               f'{np.percentile(error[:, i], 95) * METRES_TO_MM:.1f}', used[i])
    yield 'mean of 24', f'{error.mean() * METRES_TO_MM:.1f}', '', ''


def _keypoint_rows(body: dict, source, keep: np.ndarray,
                   rng: np.random.Generator):
    """Fit to Anny's keypoints on bodies in T-, A- and random poses."""
    vertices, keypoints, heads = posed_samples(source, keep, 50, rng)
    rows = dict(zip(COCO, body['J_regressor_coco']))
    rows['Torso'] = body['J_regressor_h36m'][H36M.index('Torso')]
    rows['Neck_Base'] = body['J_regressor_extra'][EXTRA.index('Neck_Base')]
    for name in RADIUS:
        if name not in rows:
            continue
        target = keypoint_target(source, name, keypoints, heads)
        error = np.linalg.norm(rows[name] @ vertices - target, axis=-1)
        yield (name, f'{error.mean() * METRES_TO_MM:.1f}',
               f'{np.percentile(error, 95) * METRES_TO_MM:.1f}', (rows[name]
                                                                  > 0).sum())
