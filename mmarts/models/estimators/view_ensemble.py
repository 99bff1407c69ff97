# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Means of what a network says of changed crops: test-time augmentation."""
import math
from itertools import product
from typing import Sequence

import torch
from mmengine.model import BaseModel, BaseModule
from torch import Tensor
from torch.nn import functional as F

from mmarts.geometry.alignment import procrustes_align
from mmarts.registry import MODELS
from mmarts.utils.precision import no_autocast


@MODELS.register_module()
class ViewEnsemble(BaseModule):
    """Meshes from turned, larger and smaller crops, averaged.

    A crop is turned about its middle and scaled, its mesh turned back. No
    crop is mirrored: a right hand's mirror image is a left one, and a mesh
    has no partner for each of its vertices.

    Args:
        rotations: Degrees, clockwise on the screen.
        scales: Of the side of what is seen: 0.7 looks nearer, 1.1 shows a
            black margin. Every rotation goes with every scale; 0 and 1 must
            be among them.
        merge: ``'known'`` turns meshes back as their crops were turned and
            takes the mean of cameras as well. ``'procrustes'`` moves every
            mesh onto that of the crop as it was, by the best similarity, and
            keeps that one's camera (the way of Mesh Graphormer's code, which
            counts the crop as it was twice).

    Raises:
        ValueError: For other ways, or without the crop as it was.
    """

    def __init__(self,
                 rotations: Sequence[float] = (0., ),
                 scales: Sequence[float] = (1., ),
                 merge: str = 'known') -> None:
        super().__init__()
        if merge not in ('known', 'procrustes'):
            raise ValueError('merge should be "known" or "procrustes", but '
                             f'is "{merge}".')
        views = list(product(rotations, scales))
        if (0, 1) not in views or min(scales) <= 0:
            raise ValueError(
                'ViewEnsemble expects rotation 0 and scale 1 among positive '
                f'ones, but got {tuple(rotations)} and {tuple(scales)}.')
        views.remove((0, 1))
        self.views, self.merge = [(0, 1), *views], merge

    def forward(self, model: BaseModel, inputs: dict) -> tuple[Tensor, Tensor]:
        """Average.

        Args:
            model: Its ``outputs(inputs)`` hold ``vertices`` and ``cam``.
            inputs: ``image`` ``(B, T, 3, H, W)``, normalised.

        Returns:
            ``vertices`` ``(B, T, V, 3)`` and ``cam`` ``(B, T, 3)`` of the
            crops as they were.
        """
        meshes, cams = [], []
        for degrees, scale in self.views:
            image = changed(inputs['image'], degrees, scale, _black(model))
            out = model.outputs(dict(inputs, image=image))
            with no_autocast(out['cam']):
                vertices, cam = undone(out['vertices'], out['cam'], degrees,
                                       scale)
            if self.merge == 'procrustes' and meshes:
                vertices = procrustes_align(vertices, meshes[0])
            meshes.append(vertices)
            cams.append(cam)
        if self.merge == 'procrustes':
            cams = cams[:1]
        return torch.stack(meshes).mean(0), torch.stack(cams).mean(0)


def changed(image: Tensor, degrees: float, scale: float,
            black: Tensor) -> Tensor:
    """Crops turned about their middle and scaled.

    Args:
        image: ``(B, T, C, H, W)``.
        degrees: Clockwise on the screen.
        scale: Side of what is seen over that of the crop.
        black: ``(C, 1, 1)``, what is beyond the crop.
    """
    if (degrees, scale) == (0, 1):
        return image
    flat = image.flatten(0, 1) - black
    # From a place in the new crop to the one in the old.
    affine = F.pad(scale * _turn(degrees).T, (0, 1)).to(flat)
    grid = F.affine_grid(
        affine.expand(len(flat), 2, 3), flat.shape, align_corners=False)
    turned = F.grid_sample(flat, grid, align_corners=False)
    return (turned + black).view_as(image)


def undone(vertices: Tensor, cam: Tensor, degrees: float,
           scale: float) -> tuple[Tensor, Tensor]:
    """What a mesh and a camera of a changed crop say of the one before.

    Args:
        vertices: ``(..., V, 3)`` metres, camera axes.
        cam: ``(..., 3)`` (s, tx, ty): ``x_crop = s * (x + tx)``.
        degrees, scale: Of :func:`changed`.
    """
    turn = torch.eye(3).to(vertices)
    turn[:2, :2] = _turn(degrees)
    size, shift = cam.split((1, 2), -1)
    # Rows are points: this turns by the inverse.
    return vertices @ turn, torch.cat([size * scale, shift @ turn[:2, :2]], -1)


def _turn(degrees: float) -> Tensor:
    """``(2, 2)``, of places with y down."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    return torch.tensor([[cosine, -sine], [sine, cosine]])


def _black(model: BaseModel) -> Tensor:
    """What the preprocessor makes of a black pixel."""
    preprocessor = model.data_preprocessor
    return -preprocessor.image_mean / preprocessor.image_std
