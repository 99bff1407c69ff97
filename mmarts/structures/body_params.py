# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Parameters of a posed and shaped body, as they travel between modules."""
from dataclasses import dataclass, fields
from typing import Callable, Optional

from torch import Tensor


@dataclass
class BodyParams:
    """Pose, shape and place of bodies; leading axes ``...`` are free.

    Args:
        global_orient: ``(..., 1, 3, 3)`` rotation of the root joint, body
            axes (x left, y up, z forward) to camera axes (x right, y down,
            z forward).
        body_pose: ``(..., J-1, 3, 3)`` parent-relative rotations.
        betas: ``(..., S)`` shape coefficients, unit variance.
        transl: ``(..., 3)`` metres in the camera frame, added to every
            vertex after posing; ``None`` where nothing has placed the body.
    """

    global_orient: Tensor
    body_pose: Tensor
    betas: Tensor
    transl: Optional[Tensor] = None

    def map(self, function: Callable[[Tensor], Tensor]) -> 'BodyParams':
        """Apply a function to every tensor that is there."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return BodyParams(**{
            k: v if v is None else function(v)
            for k, v in values.items()
        })

    def __getitem__(self, index) -> 'BodyParams':
        """Index the leading axes of every tensor alike."""
        return self.map(lambda tensor: tensor[index])

    @property
    def leading_shape(self) -> tuple[int, ...]:
        """Shape of the leading axes."""
        return tuple(self.body_pose.shape[:-3])
