# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Random full-perspective cameras that look at a person."""
from dataclasses import dataclass

import torch
from torch import Tensor

from mmarts.geometry.camera import intrinsics
from mmarts.geometry.rotation import turn_about
from ..random_draws import Draws

# Body height that distances are made for, metres.
REFERENCE_HEIGHT = 1.7
# World axes (y up, the person at heading 0 faces +z) to a level camera that
# this person faces (x right, y down, z forward).
WORLD_TO_LEVEL_CAMERA = torch.diag(torch.tensor([1., -1., -1.]))
# How far a grown-up is from the root, metres: to a side with arms that are
# not stretched out, down to the soles.
_SIDE, _LEG = 0.6, 0.95


@dataclass
class Cameras:
    """``B`` drawn cameras, and where the person's root stands before them.

    Args:
        K: ``(B, 3, 3)`` intrinsics, pixels.
        image_size: ``(B, 2)`` width and height, pixels.
        world_to_camera: ``(B, 3, 3)`` rotations.
        root: ``(B, 3)`` place of the root joint, metres, camera frame.
    """

    K: Tensor
    image_size: Tensor
    world_to_camera: Tensor
    root: Tensor


class CameraSampler:
    """Draws cameras: how large, where in the picture, and from what height.

    The tilt follows: it is the one under which a camera of the drawn height
    above the floor sees the person's root at the drawn place.

    Args:
        image_sizes: Width and height pairs, each as likely.
        focal_over_diagonal: Focal length over the image diagonal. 1 is the
            guess for an unknown camera.
        person_over_image: Height of a standing person in the picture over
            the picture's height.
        height: Of the camera above the floor, metres: from the knee of a
            grown-up to a ceiling.
        pitch: Limits of the tilt, degrees, positive looks down; where they
            bind, the height gives way.
        roll: Camera roll, degrees.
        spread: The root is projected within this central part of the
            picture, as a fraction of its width and height.
        truncated: Chance of a person so large or so near the border that
            the picture cuts them off.
        min_distance: No person stands nearer, metres.
        keep_inside: Whether a person who is not to be cut off stays in the
            picture on the whole path. Without it only the middle of the path
            does, and with the other defaults a joint is out of the picture
            in 30 to 40 % of the frames.
    """

    def __init__(self,
                 image_sizes: tuple = ((1920, 1080), (1080, 1920), (1280, 720),
                                       (640, 480), (1000, 1000)),
                 focal_over_diagonal: tuple = (0.7, 1.5),
                 person_over_image: tuple = (0.2, 0.9),
                 height: tuple = (0.5, 2.6),
                 pitch: tuple = (-20., 40.),
                 roll: tuple = (-4., 4.),
                 spread: float = 0.7,
                 truncated: float = 0.0,
                 min_distance: float = 1.8,
                 keep_inside: bool = False) -> None:
        self.image_sizes = torch.tensor(image_sizes, dtype=torch.float32)
        self.focal_over_diagonal = tuple(focal_over_diagonal)
        self.person_over_image = tuple(person_over_image)
        self.height, self.pitch = tuple(height), tuple(pitch)
        self.roll, self.spread = tuple(roll), spread
        self.truncated, self.min_distance = truncated, min_distance
        self.keep_inside = keep_inside

    def __call__(self, draws: Draws, root_height: Tensor,
                 reach: Tensor) -> Cameras:
        """Draw a camera a sample.

        Args:
            draws: The samples' random numbers.
            root_height: ``(B,)`` of the person's root above the floor.
            reach: ``(B,)`` how far the root gets from its middle place,
                metres: nobody walks through the camera.
        """
        which = (draws.uniform() * len(self.image_sizes)).long()
        size = self.image_sizes[which]
        focal = draws.between(*self.focal_over_diagonal) * size.norm(dim=-1)
        cut = draws.chance(self.truncated)
        low, high = self.person_over_image
        person = torch.where(cut, draws.between(high, 2 * high),
                             draws.between(low, high)) * size[:, 1]
        depth = (focal * REFERENCE_HEIGHT /
                 person).clamp(min=self.min_distance)
        depth = depth.maximum(0.8 * self.min_distance + 1.5 * reach)
        room = torch.where(cut, 1., self.spread)[:, None] * size
        if self.keep_inside:
            far, middle = self._inside(depth, room, focal, size, reach)
            depth = torch.where(cut, depth, far)
            room = torch.where(cut[:, None], room, middle)
        place = draws.between(-0.5, 0.5, 2) * room
        ray = torch.cat([place / focal[:, None],
                         torch.ones(len(place), 1)], -1)
        root = depth[:, None] * ray
        roll = turn_about('z', torch.deg2rad(draws.between(*self.roll)))
        level = (roll.mT @ root[..., None])[..., 0]
        pitch = self._pitch(level, draws.between(*self.height) - root_height)
        tilt = roll @ turn_about('x', pitch)
        return Cameras(
            intrinsics(focal, size), size, tilt @ WORLD_TO_LEVEL_CAMERA, root)

    @staticmethod
    def _inside(depth: Tensor, room: Tensor, focal: Tensor, size: Tensor,
                reach: Tensor) -> tuple[Tensor, Tensor]:
        """Depth and room for the root under which a whole path is seen.

        Args:
            depth: ``(B,)`` metres, at least.
            room: ``(B, 2)`` pixels about the middle of the picture, at most.
            focal: ``(B,)`` pixels.
            size: ``(B, 2)`` of the picture, pixels.
            reach: ``(B,)`` metres.
        """
        # Sideways, a path may cross the picture; up and down, a part of it
        # shows, as cameras look down a little.
        extent = torch.stack([_SIDE + reach, _LEG + 0.5 * reach], -1)
        half = size / 2
        depth = depth.maximum(reach + focal * (extent / half).amax(-1))
        margin = (focal / (depth - reach))[:, None] * extent
        return depth, room.minimum(2 * (half - margin))

    def _pitch(self, root: Tensor, below: Tensor) -> Tensor:
        """Tilt under which a root lies so far below the camera.

        With the root at ``(x, y, z)`` of the camera without roll, it lies
        ``cos(p) y + sin(p) z`` below: a sine wave of ``p``.

        Args:
            root: ``(B, 3)`` metres, camera axes without roll.
            below: ``(B,)`` metres.
        """
        phase = torch.atan2(root[:, 1], root[:, 2])
        sine = below / root[:, 1:].norm(dim=-1)
        low, high = torch.deg2rad(torch.tensor(self.pitch))
        return (torch.asin(sine.clamp(-0.99, 0.99)) - phase).clamp(low, high)
