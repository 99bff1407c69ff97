# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of dressed bodies under random light."""
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.sparse import csr_matrix

from mmarts.body_models import BodyModel
from mmarts.visualization.rasterizer import rasterize
from .wardrobe import Wardrobe

# Chance that a piece of clothing has a pattern.
_PATTERNED = dict(shirt=0.5, trousers=0.25)
_FINEST, _COARSEST = 0.04, 0.3  # period of a pattern, metres


@dataclass
class Outfit:
    """Colours of one person, the same in all frames.

    Args:
        first, second: ``(V, 3)`` RGB in [0, 1]: the two colours that a
            pattern goes between; the same where there is none.
        waves: ``(2, 3)`` wave vectors of the pattern on the unposed body,
            radians a metre; the second is 0 for stripes.
        phase: Radians.
        sharpness: Of the pattern's edges.
    """

    first: np.ndarray
    second: np.ndarray
    waves: np.ndarray
    phase: float
    sharpness: float

    def pattern(self, points: np.ndarray) -> np.ndarray:
        """Share of the second colour at ``(N, 3)`` unposed points: (N, 1)."""
        along, across = np.sin(points @ self.waves.T + self.phase).T
        wave = along * across if self.waves[1].any() else along
        return np.clip(0.5 + self.sharpness * wave, 0, 1)[:, None]


@dataclass
class Light:
    """Distant lamps and what comes from everywhere.

    Args:
        directions: ``(L, 3)`` unit vectors towards the lamps, camera axes.
        colours: ``(L, 3)`` RGB strengths.
        ambient: ``(3,)`` RGB.
    """

    directions: np.ndarray
    colours: np.ndarray
    ambient: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator) -> 'Light':
        """A lamp from above, and a weaker one from anywhere."""
        directions = rng.normal(size=(2, 3))
        directions[0, 1] = -abs(directions[0, 1])
        directions[:, 2] -= 0.7  # seldom from behind the person
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        strength = rng.uniform((0.4, 0.0), (1.0, 0.35))
        tint = 1 + rng.uniform(-0.15, 0.15, (2, 3))
        ambient = rng.uniform(0.15, 0.5) * (1 + rng.uniform(-0.1, 0.1, 3))
        return cls(*(value.astype(np.float32)
                     for value in (directions, strength[:, None] * tint,
                                   ambient)))

    def on(self, normals: np.ndarray) -> np.ndarray:
        """RGB factors ``(N, 3)`` on surfaces with unit normals."""
        return self.ambient + (
            normals @ self.directions.T).clip(0) @ self.colours


class BodyPainter:
    """Draws a body that wears an outfit.

    Args:
        body: Its mesh is closed.
    """

    def __init__(self, body: BodyModel) -> None:
        self.faces = body.faces.numpy().astype(np.int32)
        self.rest = body.v_template.numpy().astype(np.float32)
        self.wardrobe = Wardrobe(body.weights.numpy(), self.rest)
        self._corners = np.ascontiguousarray(self.faces.T)
        count = len(self.faces)
        self._sum_faces = csr_matrix(
            (np.ones(3 * count, np.float32),
             (self.faces.ravel(), np.repeat(np.arange(count), 3))),
            (len(self.rest), count))
        a, b, c = self.rest[self.faces].swapaxes(0, 1)
        volume = np.einsum('fi,fi->', a, np.cross(b, c))
        # Triangles that are anticlockwise from outside turn with y down.
        self._front = -1 if volume > 0 else 1

    def draw_outfit(self, rng: np.random.Generator) -> Outfit:
        """Random clothes."""
        first, worn = self.wardrobe.dress(rng)
        second = first.copy()
        for piece, chance in _PATTERNED.items():
            if rng.random() < chance:
                second[worn[piece]] = rng.uniform(0.05, 0.95, 3)
        periods = rng.uniform(_FINEST, _COARSEST, 2)
        directions = rng.normal(size=(2, 3))
        waves = 2 * np.pi / periods[:, None] * directions / np.linalg.norm(
            directions, axis=1, keepdims=True)
        waves[1] *= rng.random() < 0.5
        return Outfit(
            first.astype(np.float32), second.astype(np.float32),
            waves.astype(np.float32), float(rng.uniform(0, 2 * np.pi)),
            float(rng.choice([0.5, 2.0, 8.0])))

    def paint(self, vertices: np.ndarray, K: np.ndarray, size: tuple[int, int],
              outfit: Outfit, light: Light) -> np.ndarray:
        """Draw one frame.

        Args:
            vertices: ``(V, 3)`` metres, camera frame.
            K: ``(3, 3)`` intrinsics, pixels.
            size: ``(width, height)``, pixels.

        Returns:
            ``(H, W, 4)`` RGBA uint8, the colour multiplied by alpha.
        """
        seen = rasterize(vertices, self.faces, K, size, self._front)
        first, second, points, normals = np.split(
            seen.interpolate(
                np.concatenate([
                    outfit.first, outfit.second, self.rest,
                    self._normals(vertices)
                ], 1)), 4, 1)
        length = np.sqrt(np.einsum('ni,ni->n', normals, normals)) + 1e-12
        normals = normals / length[:, None]
        share = outfit.pattern(points)
        colour = (first + share * (second - first)) * light.on(normals)
        image = np.zeros((size[1] * size[0], 4), np.uint8)
        image[seen.index, :3] = (255 * colour).clip(0, 255)
        image[seen.index, 3] = 255
        # Softens the staircase of the outline.
        return cv2.GaussianBlur(
            image.reshape(size[1], size[0], 4), (3, 3), 0.6)

    def _normals(self, vertices: np.ndarray) -> np.ndarray:
        """``(V, 3)`` outward, of any length."""
        # Coordinate by coordinate: rows of three numbers are slow.
        corners = [axis[self._corners] for axis in np.array(vertices.T)]
        ux, uy, uz = (axis[1] - axis[0] for axis in corners)
        vx, vy, vz = (axis[2] - axis[0] for axis in corners)
        normals = np.stack(
            [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx], 1)
        return -self._front * (self._sum_faces @ normals)
