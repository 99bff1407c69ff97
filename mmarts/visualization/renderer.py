# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What every mesh renderer does, and the choice between them."""
from abc import ABC, abstractmethod
from typing import Optional

import numpy as np

from .shading import PERSON_COLOURS

# Nearer than this, metres, nothing is drawn.
NEAR = 0.05
_MARGIN = 2  # pixels around the projected meshes, for smooth edges


class RendererError(RuntimeError):
    """A renderer cannot be made; the text is one line and says what to do."""


class BaseRenderer(ABC):
    """Draw meshes of one topology through a pinhole camera.

    Camera frame: x right, y down, z forward, metres; full perspective.
    Pixel ``(i, j)`` covers ``[j, j+1] x [i, i+1]``, so the principal point
    of a centred camera is ``(width / 2, height / 2)``.

    Pictures are RGBA uint8 with the colour multiplied by alpha, as
    :func:`~mmarts.visualization.overlay.blend` takes them.

    Args:
        faces: ``(F, 3)`` int.
        size: ``(width, height)`` of the frames, pixels.
    """

    def __init__(self, faces: np.ndarray, size: tuple[int, int]) -> None:
        self.faces = np.ascontiguousarray(faces, dtype=np.int32)
        self.size = int(size[0]), int(size[1])
        self.closed = _is_closed(self.faces)
        self._outward: Optional[bool] = None

    def render(self,
               vertices: np.ndarray,
               K: np.ndarray,
               colours: Optional[np.ndarray] = None) -> np.ndarray:
        """Draw meshes into one depth buffer: ``(H, W, 4)`` uint8.

        Args:
            vertices: ``(V, 3)`` or ``(N, V, 3)`` metres, camera frame.
            K: ``(3, 3)`` intrinsics, pixels.
            colours: RGB in [0, 1]: ``(N, 3)`` of the meshes, or ``(N, V, 3)``
                of their vertices; by default one for each mesh.
        """
        crop, (x, y) = self.render_crop(vertices, K, colours)
        image = np.zeros((self.size[1], self.size[0], 4), np.uint8)
        image[y:y + crop.shape[0], x:x + crop.shape[1]] = crop
        return image

    def render_crop(
        self,
        vertices: np.ndarray,
        K: np.ndarray,
        colours: Optional[np.ndarray] = None
    ) -> tuple[np.ndarray, tuple[int, int]]:
        """Like :meth:`render`, only as much of it as the meshes cover.

        Returns:
            ``(h, w, 4)`` uint8, empty when nothing is in sight, and the
            place ``(x, y)`` of its corner in the frame.
        """
        vertices = np.asarray(vertices, np.float32)
        vertices = vertices[None] if vertices.ndim == 2 else vertices
        if vertices.ndim != 3 or vertices.shape[-1] != 3:
            raise ValueError('Meshes should be (V, 3) or (N, V, 3), but are '
                             f'{vertices.shape}.')
        K = np.asarray(K, np.float64)
        if colours is None:
            colours = PERSON_COLOURS[np.arange(len(vertices)) %
                                     len(PERSON_COLOURS)]
        x, y, right, low = _bounds(vertices, K, self.size)
        if right <= x or low <= y:
            return np.zeros((0, 0, 4), np.uint8), (0, 0)
        moved = K.copy()
        moved[:2, 2] -= x, y
        colours = np.asarray(colours, np.float32)
        colours = colours.reshape(len(vertices), -1, 3)
        crop = self._draw(vertices, moved, colours, (right - x, low - y))
        return crop, (x, y)

    @abstractmethod
    def _draw(self, vertices: np.ndarray, K: np.ndarray, colours: np.ndarray,
              size: tuple[int, int]) -> np.ndarray:
        """Draw ``(N, V, 3)`` into a picture of ``size``.

        ``colours`` are ``(N, 1, 3)`` or ``(N, V, 3)``.
        """

    def outward(self, mesh: np.ndarray) -> bool:
        """Whether triangles of a closed mesh are anticlockwise from outside.

        Args:
            mesh: ``(V, 3)``. Its first one answers for all: they have the
                same topology.
        """
        if self._outward is None:
            a, b, c = (mesh - mesh.mean(0))[self.faces].swapaxes(0, 1)
            volume = np.einsum('fi,fi->', a, np.cross(b, c))
            self._outward = bool(volume > 0)
        return self._outward

    def close(self) -> None:
        """Release what the renderer holds; it cannot draw afterwards."""

    def __enter__(self) -> 'BaseRenderer':
        return self

    def __exit__(self, *exception) -> None:
        self.close()


def _bounds(vertices: np.ndarray, K: np.ndarray,
            size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Pixels x1 y1 x2 y2 that meshes may touch; all if one is too near."""
    points = vertices.reshape(-1, 3)
    points = points[np.isfinite(points).all(-1)]
    front = points[:, 2] > NEAR
    if not front.any():
        return 0, 0, 0, 0
    if not front.all():
        return 0, 0, *size
    pixels = points[:, :2] / points[:, 2:] * K[[0, 1], [0, 1]] + K[:2, 2]
    low = np.floor(pixels.min(0)) - _MARGIN
    high = np.ceil(pixels.max(0)) + _MARGIN
    return (*(int(v) for v in np.clip(low, 0, size)),
            *(int(v) for v in np.clip(high, 0, size)))


def _is_closed(faces: np.ndarray) -> bool:
    """Whether every edge is used once in each direction."""
    start = faces.ravel().astype(np.int64)
    end = np.roll(faces, -1, axis=1).ravel().astype(np.int64)
    count = int(faces.max()) + 1
    forth, back = np.sort(start * count + end), np.sort(end * count + start)
    return bool((forth == back).all() and (np.diff(forth) > 0).all())


def create_renderer(faces: np.ndarray,
                    size: tuple[int, int],
                    backend: str = 'auto') -> BaseRenderer:
    """Make the best renderer there is.

    Args:
        faces: ``(F, 3)`` int.
        size: ``(width, height)`` of the frames, pixels.
        backend: ``egl`` (OpenGL without a screen), ``software`` (slower,
            needs nothing) or ``auto``: the first, else the second and a
            printed note.

    Raises:
        RendererError: If ``egl`` is asked for and is not there.
        ValueError: For another backend.
    """
    from .mesh_renderer import MeshRenderer
    from .software_renderer import SoftwareRenderer

    if backend not in ('auto', 'egl', 'software'):
        raise ValueError('A renderer is "auto", "egl" or "software", not '
                         f'"{backend}".')
    faces = np.asarray(faces)
    if backend == 'software':
        return SoftwareRenderer(faces, size)
    try:
        return MeshRenderer(faces, size)
    except RendererError as error:
        if backend == 'egl':
            raise RendererError(f'{error} Or draw with --renderer software, '
                                'or not at all: --no-render.') from error
        print(f'{error} Drawing with the slower software renderer.')
        return SoftwareRenderer(faces, size)
