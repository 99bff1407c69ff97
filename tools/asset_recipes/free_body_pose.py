# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Linear blend skinning of the asset in NumPy, to measure and to draw it."""
from pathlib import Path

import numpy as np


def load_body(path: Path) -> dict:
    """Arrays of the asset in float64, none of them pickled."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return {
        name: a.astype(float) if a.dtype == np.float32 else a
        for name, a in arrays.items()
    }


def rotvec_to_rotmat(rotvec: np.ndarray) -> np.ndarray:
    """Rotation matrix of one rotation vector, radians (Rodrigues)."""
    angle = np.linalg.norm(rotvec)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = rotvec / angle
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return (np.eye(3) + np.sin(angle) * skew +
            (1 - np.cos(angle)) * skew @ skew)


def pose_body(body: dict, pose: dict, betas=()) -> np.ndarray:
    """Vertices ``(V, 3)`` of a pose.

    Args:
        body: Result of :func:`load_body`.
        pose: Rotation vectors in degrees, relative to the parent, by joint
            name; joints that are missing keep their rotation.
        betas: Shape coefficients; missing ones are 0.
    """
    betas = np.asarray(betas, float)
    rest = (body['v_template'] + body['shapedirs'][..., :len(betas)] @ betas)
    joints = body['J_regressor'] @ rest
    names = body['joint_names'].tolist()
    unknown = set(pose) - set(names)
    if unknown:
        raise KeyError(f'the body has no joints {sorted(unknown)}')
    parents = body['kintree_table'][0]
    rotations, origins = [], []
    for i, name in enumerate(names):
        local = rotvec_to_rotmat(np.radians(pose.get(name, (0, 0, 0))))
        if i == 0:
            rotations.append(local)
            origins.append(joints[0])
            continue
        parent = parents[i]
        origins.append(origins[parent] +
                       rotations[parent] @ (joints[i] - joints[parent]))
        rotations.append(rotations[parent] @ local)
    rotations = np.stack(rotations)
    shifts = np.stack(origins) - np.einsum('jab,jb->ja', rotations, joints)
    moved = np.einsum('jab,vb->vja', rotations, rest) + shifts
    return np.einsum('vj,vja->va', body['weights'], moved)
