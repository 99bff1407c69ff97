# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Renderer for machines without OpenGL: triangles from far to near."""
import cv2
import numpy as np

from .renderer import NEAR, BaseRenderer
from .shading import shaded

_SUBPIXEL_BITS = 6
_FAR_OUT = 20000  # pixels; OpenCV's fixed point overflows beyond


class SoftwareRenderer(BaseRenderer):
    """Painter's algorithm: one flat colour a triangle, hard edges.

    Faces that turn away are left out when the mesh is closed. Triangles
    that pass through each other, or a huge one beside a small one, may be
    drawn in the wrong order; a body has neither.

    Args:
        faces: ``(F, 3)`` int.
        size: ``(width, height)`` of the frames, pixels.
    """

    name = 'software'

    def _draw(self, vertices, K, colours, size) -> np.ndarray:
        parts = [
            self._triangles(mesh, K, colour)
            for mesh, colour in zip(vertices, colours)
            if np.isfinite(mesh).all()
        ]
        image = np.zeros((size[1], size[0], 4), np.uint8)
        if not parts:
            return image
        corners, paint, depth = map(np.concatenate, zip(*parts))
        order = depth.argsort()[::-1]
        for triangle, colour in zip(corners[order], paint[order].tolist()):
            cv2.fillConvexPoly(image, triangle, colour, cv2.LINE_8,
                               _SUBPIXEL_BITS)
        return image

    def _triangles(self, mesh, K, colour):
        """Corners in fixed point, RGBA and depth of what can be seen."""
        depth = mesh[:, 2:]
        with np.errstate(divide='ignore', invalid='ignore'):
            pixels = mesh[:, :2] / depth * K[[0, 1], [0, 1]] + K[:2, 2]
        faces = self.faces[(mesh[self.faces, 2] > NEAR).all(-1)]
        corners = pixels[faces]
        seen = (np.abs(corners) < _FAR_OUT).all((1, 2))
        if self.closed:
            seen &= self._facing(mesh, corners)
        faces, corners = faces[seen], corners[seen]
        shades = shaded(mesh, self.faces, colour)
        rgb = (shades[faces].mean(1) * 255).clip(0, 255)
        paint = np.hstack([rgb, np.full_like(rgb[:, :1], 255)])
        # OpenCV's 0 is the centre of the first pixel.
        fixed = ((corners - 0.5) * (1 << _SUBPIXEL_BITS)).round()
        return fixed.astype(np.int32), paint, mesh[faces, 2].mean(1)

    def _facing(self, mesh: np.ndarray, corners: np.ndarray) -> np.ndarray:
        """Whether the outside of each triangle is towards the camera."""
        first, second = (corners[:, i] - corners[:, 0] for i in (1, 2))
        turn = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
        # A triangle that is anticlockwise from outside turns with y down.
        return (turn < 0) == self.outward(mesh)
