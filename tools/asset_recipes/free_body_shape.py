# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Shape space of the free body: principal components of adults."""
from dataclasses import dataclass

import numpy as np

NUM_BETAS = 10
DENSITY = 1000.  # kg/m3, of a body


@dataclass
class ShapeSpace:
    """Mean, shape directions a unit beta moves, and what they explain."""

    mean: np.ndarray  # (V, 3)
    directions: np.ndarray  # (V, 3, NUM_BETAS)
    variance: np.ndarray  # (NUM_BETAS,) fractions

    def betas_of(self, vertices: np.ndarray) -> np.ndarray:
        """Least-squares betas ``(B, NUM_BETAS)`` of ``(B, V, 3)`` bodies."""
        basis = self.directions.reshape(-1, self.directions.shape[-1])
        offset = (vertices - self.mean).reshape(len(vertices), -1)
        return np.linalg.solve(basis.T @ basis, basis.T @ offset.T).T

    def vertices(self, betas: np.ndarray) -> np.ndarray:
        return self.mean + np.einsum('vck,bk->bvc', self.directions, betas)


def volumes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Enclosed volume of ``(B, V, 3)`` closed meshes, cubic metres."""
    a, b, c = np.moveaxis(vertices[:, faces], 2, 0)
    return (a * np.cross(b, c)).sum((1, 2)) / 6


def heights_and_bmi(vertices: np.ndarray, faces: np.ndarray) -> tuple:
    """Height (m) and body mass index (kg/m2) of T-posed bodies."""
    height = np.ptp(vertices[..., 1], axis=1)
    return height, volumes(vertices, faces) * DENSITY / height**2


def fit_shape_space(vertices: np.ndarray, faces: np.ndarray) -> ShapeSpace:
    """Principal components with unit-variance coefficients.

    Components 1 and 2 are rotated in their plane, so that beta 1 alone
    carries their part of the body mass index (positive is lighter, as in
    SMPL). Scores of unit variance stay uncorrelated under a rotation.

    Args:
        vertices: ``(B, V, 3)`` float64, mirror-symmetric and centred.
        faces: ``(F, 3)``.
    """
    count = len(vertices)
    mean = vertices.mean(0)
    offset = (vertices - mean).reshape(count, -1)
    eigenvalue, eigenvector = np.linalg.eigh(offset @ offset.T)
    order = np.argsort(-eigenvalue)[:NUM_BETAS]
    scores = eigenvector[:, order] * np.sqrt(count)  # unit variance
    height, bmi = heights_and_bmi(vertices, faces)
    slope = scores.T @ (bmi - bmi.mean())
    scores[:, 1:3] = scores[:, 1:3] @ _rotation_to(-slope[1:3])
    tall = scores.T @ (height - height.mean())
    scores[:, 0] *= np.sign(tall[0])
    # The sign of an eigenvector is arbitrary: let the rest make taller.
    scores[:, 3:] *= np.where(tall[3:] < 0, -1, 1)
    directions = offset.T @ scores / count
    variance = (directions**2).sum(0) * count / (offset**2).sum()
    return ShapeSpace(mean, directions.reshape(-1, 3, NUM_BETAS), variance)


def _rotation_to(vector: np.ndarray) -> np.ndarray:
    """Plane rotation whose first column is along ``vector``."""
    x, y = vector / np.linalg.norm(vector)
    return np.array([[x, -y], [y, x]])
