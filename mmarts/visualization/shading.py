# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Normals, two lights and colours, the same for every renderer."""
import numpy as np

# Colours of people in turn, RGB in [0, 1]; light, so that shading shows.
PERSON_COLOURS = np.array([
    [0.65, 0.78, 0.92],
    [0.95, 0.72, 0.55],
    [0.67, 0.87, 0.62],
    [0.88, 0.68, 0.88],
    [0.95, 0.87, 0.55],
    [0.60, 0.87, 0.87],
], np.float32)

# Directions towards the lights in the camera frame (x right, y down,
# z forward): the strong one over the camera's right shoulder, a weak one
# from the left.
LIGHTS = np.array([[0.5, -0.7, -0.8], [-0.9, -0.1, -0.4]], np.float32)
LIGHTS /= np.linalg.norm(LIGHTS, axis=1, keepdims=True)
STRENGTHS = np.array([0.72, 0.22], np.float32)
AMBIENT = 0.24


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Area-weighted unit normals of the vertices.

    Args:
        vertices: ``(V, 3)``.
        faces: ``(F, 3)`` int.

    Returns:
        ``(V, 3)`` float32; 0 where no face is.
    """
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0],
                       corners[:, 2] - corners[:, 0])
    index = faces.ravel()
    total = np.stack([
        np.bincount(index, np.repeat(n, 3), minlength=len(vertices))
        for n in normals.T
    ], -1)
    length = np.linalg.norm(total, axis=-1, keepdims=True)
    return (total / np.maximum(length, 1e-12)).astype(np.float32)


def brightness(normals: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Diffuse light on both sides of a surface.

    Args:
        normals: ``(..., 3)``, either side.
        points: ``(..., 3)`` camera frame, to know the side that is seen.

    Returns:
        ``(...)`` in [AMBIENT, about 1.1].
    """
    away = (normals * points).sum(-1, keepdims=True) > 0
    facing = np.where(away, -normals, normals)
    return AMBIENT + (facing @ LIGHTS.T).clip(0) @ STRENGTHS


def shaded(mesh: np.ndarray, faces: np.ndarray,
           colour: np.ndarray) -> np.ndarray:
    """Colours of lit vertices ``(V, 3)``; 1 is white, more is possible.

    Args:
        mesh: ``(V, 3)`` camera frame.
        faces: ``(F, 3)`` int.
        colour: ``(1, 3)`` or ``(V, 3)`` RGB in [0, 1].
    """
    light = brightness(vertex_normals(mesh, faces), mesh)
    return colour * light[:, None]
