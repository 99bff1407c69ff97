# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of a moving body before a background, behind things."""
import cv2
import numpy as np

from mmarts.body_models import BodyModel
from mmarts.visualization.overlay import blend
from ..images.crop_view import CropView
from .backgrounds import Backgrounds
from .body_painter import BodyPainter, Light
from .lens import Lens
from .occluders import draw_occluders

# The part of a scene that the crops of a clip look at is drawn at most so
# many times as large as a crop.
_LARGEST = 3


class PictureMaker:
    """Renders the crops of a window, all random things drawn once.

    Args:
        body: Of the vertices.
        backgrounds: Folder of pictures; drawn rooms when empty.
        occluded: Chance of things before the person.
    """

    def __init__(self,
                 body: BodyModel,
                 backgrounds: str = '',
                 occluded: float = 0.3) -> None:
        self.painter = BodyPainter(body)
        self.backgrounds = Backgrounds(backgrounds)
        self.occluded = occluded

    def __call__(self, rng: np.random.Generator, vertices: np.ndarray,
                 K: np.ndarray, image_size: tuple[int, int],
                 view: CropView) -> np.ndarray:
        """Render a window.

        Args:
            rng: Decides clothes, light, background, things, lens.
            vertices: ``(T, V, 3)`` metres, camera frame.
            K: ``(3, 3)`` intrinsics of the whole picture, pixels.
            image_size: Its width and height: crops are black outside of it.
            view: The crops.

        Returns:
            ``(T, size, size, 3)`` RGB uint8, not mirrored yet.
        """
        size = (view.size, view.size)
        outfit, light = self.painter.draw_outfit(rng), Light.draw(rng)
        lens, stage = Lens(rng), _Stage(view, K)
        background = self.backgrounds(rng, stage.size)
        front = None
        if rng.random() < self.occluded:
            front = draw_occluders(rng, stage.size, stage.person)
        turned = vertices.copy()
        turned[..., :2] = vertices[..., :2] @ view.turn.T.astype(np.float32)
        images = []
        for frame, camera in enumerate(view.cameras(K)):
            image = stage.crop(background, frame).copy()
            blend(
                image,
                self.painter.paint(turned[frame], camera, size, outfit, light))
            if front is not None:
                blend(image, stage.crop(front, frame))
            images.append(lens(image))
        _blacken(images, view.warp(), image_size)
        return np.stack(images)


class _Stage:
    """The part of the turned picture that the crops of a window show.

    Attributes:
        size: Its width and height, in pixels of its own.
        person: ``(2, 2)`` corners of the middle of the frames' crops.
    """

    def __init__(self, view: CropView, K: np.ndarray) -> None:
        centre, half = view.turned_centre(K), view.side[:, None] / 2
        low, high = (centre - half).min(0), (centre + half).max(0)
        scale = view.size / view.side.mean()
        scale *= min(1, _LARGEST * view.size / (scale * (high - low)).max())
        self.size = tuple(int(s) for s in np.ceil(scale * (high - low)))
        self.person = np.stack([(centre - half / 2).mean(0),
                                (centre + half / 2).mean(0)])
        self.person = (self.person - low) * scale
        # From here to each crop: a scale and a shift.
        self._scale = view.size / view.side / scale
        self._shift = view.size * (0.5 - (centre - low) / view.side[:, None])
        self._crop = (view.size, view.size)

    def crop(self, image: np.ndarray, frame: int) -> np.ndarray:
        """What a frame shows of a picture of the stage."""
        if self.size == self._crop:
            return image
        scale, shift = self._scale[frame], self._shift[frame]
        # OpenCV's 0 is the centre of the first pixel.
        shift = shift + 0.5 * scale - 0.5
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        return cv2.warpAffine(
            image,
            matrix,
            self._crop,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE)


def _blacken(images: list, warps: np.ndarray, image_size: tuple) -> None:
    """Make black what lies outside of the whole picture, in place."""
    width, height = image_size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)])
    for image, warp in zip(images, warps):
        polygon = corners @ warp[:, :2].T + warp[:, 2]
        inside = np.zeros(image.shape[:2], np.uint8)
        fixed = ((polygon - 0.5) * 16).clip(-2**24, 2**24).round()
        cv2.fillConvexPoly(inside, fixed.astype(np.int32), 255, cv2.LINE_8, 4)
        image[inside == 0] = 0
