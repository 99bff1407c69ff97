# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a camera adds to a picture."""
import cv2
import numpy as np


class Lens:
    """What a camera adds to every frame of a video: blur, grain, JPEG."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.blur, self.grain = rng.uniform(0, 1.2), rng.uniform(0, 7)
        self.quality = int(rng.integers(40, 95))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        if self.blur > 0.3:
            image = cv2.GaussianBlur(image, (0, 0), self.blur)
        grain = self.rng.normal(0, self.grain, image.shape[:2])
        image = image + grain.astype(np.float32)[..., None]
        image = image.clip(0, 255, out=image).astype(np.uint8)
        coded = cv2.imencode('.jpg', image,
                             [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
        return cv2.imdecode(coded, cv2.IMREAD_COLOR)
