# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Errors that a 2D detector makes, drawn onto exact keypoints."""
import numpy as np


class KeypointNoise:
    """Gaussian errors that are partly constant over a window, and misses.

    Args:
        max_std: A window's error level is even in [0, max_std], as a
            fraction of the person's box.
        constant: Part of the variance that a joint keeps over the window.
        miss: Chance that a joint of a frame is missed (score 0).
    """

    def __init__(self,
                 max_std: float = 0.015,
                 constant: float = 0.5,
                 miss: float = 0.01) -> None:
        self.max_std, self.constant, self.miss = max_std, constant, miss

    def __call__(self, rng: np.random.Generator, num_frames: int,
                 num_joints: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw one window's errors.

        Returns:
            Offsets ``(T, K, 2)`` as a fraction of the box side, and scores
            ``(T, K)``: 1, or 0 for a miss.
        """
        std = rng.uniform(0, self.max_std)
        bias = rng.normal(0, std * self.constant**0.5, (1, num_joints, 2))
        white = rng.normal(0,
                           std * (1 - self.constant)**0.5,
                           (num_frames, num_joints, 2))
        score = rng.random((num_frames, num_joints)) >= self.miss
        return bias + white, score.astype(np.float32)
