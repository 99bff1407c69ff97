# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Random full-perspective cameras that look at a person."""
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

# Body height that distances are made for, metres.
REFERENCE_HEIGHT = 1.7
# World axes (y up, the person at heading 0 faces +z) to a level camera that
# this person faces (x right, y down, z forward).
WORLD_TO_LEVEL_CAMERA = np.diag([1., -1., -1.])


@dataclass
class Camera:
    """One drawn camera and where the person's root stands before it.

    Args:
        K: ``(3, 3)`` intrinsics, pixels.
        image_size: Width and height, pixels.
        world_to_camera: ``(3, 3)`` rotation.
        root: ``(3,)`` place of the root joint, metres, camera frame.
    """

    K: np.ndarray
    image_size: tuple[int, int]
    world_to_camera: np.ndarray
    root: np.ndarray


class CameraSampler:
    """Draws cameras evenly within ranges.

    Args:
        image_sizes: Width and height pairs, each as likely.
        focal_over_diagonal: Focal length over the image diagonal. 1 is the
            guess for an unknown camera.
        person_over_image: Height of a standing person in the picture over
            the picture's height.
        pitch: Camera tilt, degrees, positive looks down.
        roll: Camera roll, degrees.
        spread: The root is projected within this central part of the
            picture, as a fraction of its width and height.
        min_distance: No person stands nearer, metres.
    """

    def __init__(self,
                 image_sizes: tuple = ((1920, 1080), (1080, 1920), (1280, 720),
                                       (640, 480), (1000, 1000)),
                 focal_over_diagonal: tuple = (0.7, 1.5),
                 person_over_image: tuple = (0.2, 0.9),
                 pitch: tuple = (-10., 25.),
                 roll: tuple = (-4., 4.),
                 spread: float = 0.7,
                 min_distance: float = 1.8) -> None:
        self.image_sizes = [tuple(size) for size in image_sizes]
        self.focal_over_diagonal = tuple(focal_over_diagonal)
        self.person_over_image = tuple(person_over_image)
        self.pitch, self.roll = tuple(pitch), tuple(roll)
        self.spread, self.min_distance = spread, min_distance

    def __call__(self, rng: np.random.Generator) -> Camera:
        """Draw one camera; the same generator state gives the same one."""
        width, height = self.image_sizes[rng.integers(len(self.image_sizes))]
        focal = rng.uniform(*self.focal_over_diagonal) * np.hypot(
            width, height)
        person = rng.uniform(*self.person_over_image) * height
        depth = max(focal * REFERENCE_HEIGHT / person, self.min_distance)
        place = rng.uniform(-0.5, 0.5, 2) * self.spread * (width, height)
        tilt = Rotation.from_euler(
            'zx', [rng.uniform(*self.roll),
                   rng.uniform(*self.pitch)],
            degrees=True)
        K = np.array([[focal, 0, width / 2], [0, focal, height / 2],
                      [0, 0, 1.]])
        return Camera(K, (width, height),
                      tilt.as_matrix() @ WORLD_TO_LEVEL_CAMERA,
                      depth * np.append(place / focal, 1.))
