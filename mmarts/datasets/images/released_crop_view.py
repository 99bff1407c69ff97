# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Crops at whole pixels, as PointHMR's release and its forerunners have them.

Others were trained on such crops: METRO, and SPIN (ICCV 2019) before it.
"""
import cv2
import numpy as np

from .crop_view import CropView


class ReleasedCropView(CropView):
    """A :class:`CropView` whose corners and keypoints lose their fractions.

    Corners are truncated before the picture is cut out, turned about its
    middle and scaled; keypoints are truncated in the crop and moved by 1, up
    to a pixel from where the crop shows them. Boxes and cameras stay those
    of the exact crop.
    """

    def cut(self, image: np.ndarray, frame: int) -> np.ndarray:
        """As the base class, in the type of the picture: float keeps what
        is between two grey levels."""
        back = np.linalg.inv(self._to_crop(frame))
        low, high = ((back @ (x, x, 1))[:2].astype(int)
                     for x in (0, self.size))
        pad = 0
        if self.angle:
            # What comes into the crop by the turn.
            across = high - low
            pad = int(np.linalg.norm(across) / 2 - across[1] / 2)
        cut = _cut_out(image, low - pad, high + pad)
        if self.angle:
            height, width = cut.shape[:2]
            turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2),
                                           -np.rad2deg(self.angle), 1)
            cut = cv2.warpAffine(cut, turn, (width, height))
            cut = cut[pad:-pad, pad:-pad]
        return cv2.resize(cut, (self.size, self.size))

    def keypoints(self, points: np.ndarray) -> np.ndarray:
        """As the base class, of places at whole pixels."""
        middle = np.eye(3)
        middle[:2, 2] = self.size / 2
        turn = np.eye(3)
        turn[:2, :2] = self.turn
        to_crop = np.stack([
            middle @ turn @ np.linalg.inv(middle) @ self._to_crop(frame)
            for frame in range(len(points))
        ])
        places = points @ to_crop[:, :2, :2].swapaxes(1, 2) + to_crop[:,
                                                                      None, :2,
                                                                      2]
        return self.normalised(np.trunc(places) + 1)

    def _to_crop(self, frame: int) -> np.ndarray:
        """``(3, 3)``, not turned. In the order of the release's sums: a
        corner on a whole pixel is truncated as they round."""
        side = self.side[frame]
        matrix = np.diag([self.size / side, self.size / side, 1])
        matrix[:2, 2] = self.size * (-self.centre[frame] / side + 0.5)
        return matrix


def _cut_out(image: np.ndarray, low: np.ndarray,
             high: np.ndarray) -> np.ndarray:
    """Pixels from one corner to the other, black beyond the picture."""
    width, height = high - low
    cut = np.zeros((height, width, *image.shape[2:]), image.dtype)
    size = image.shape[1::-1]
    first, last = low.clip(min=0), high.clip(max=size)
    if (first < last).all():
        inside = image[first[1]:last[1], first[0]:last[0]]
        at = first - low
        cut[at[1]:at[1] + len(inside), at[0]:at[0] + inside.shape[1]] = inside
    return cut
