# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""INT's ablation of independence: one token a pose (Table 2)."""
from typing import Optional

from torch import Tensor, nn

from mmarts.registry import MODELS
from .token_temporal import TokenTemporal


@MODELS.register_module()
class WholePoseTemporal(TokenTemporal):
    """The temporal model on whole poses instead of single joints.

    The paper gives a joint ``C / J`` channels and strings the joints
    together, without saying where the narrow tokens come from or how they
    are read. Here a linear layer narrows each joint's token, and another
    widens it again for the common heads: with the head behind it that is a
    linear map of ``C / J`` channels to a rotation, so it can express what
    a head of its own could.

    Args:
        dim: Channels ``C`` of a joint's token.
        num_joints: Joints ``J``.
        pose_dim: Channels of a pose's token, a multiple of ``J``; ``C`` when
            None. A joint needs at least the six of a rotation.
        added: Whether what comes back is added to the joint's token, and is
            nothing before training, instead of taking its place. A training
            that is short, or whose base model stays as it is, then begins
            with tokens that the heads know, as that of single joints does.
        kwargs: Arguments of :class:`TokenTemporal`.
    """

    def __init__(self,
                 dim: int = 768,
                 num_joints: int = 24,
                 pose_dim: Optional[int] = None,
                 added: bool = False,
                 **kwargs) -> None:
        pose_dim = pose_dim or dim
        super().__init__(pose_dim, **kwargs)
        if pose_dim % num_joints:
            raise ValueError(
                f'{num_joints} joints cannot share {pose_dim} channels; '
                'choose `pose_dim` as a multiple of `num_joints`.')
        self.narrow = nn.Linear(dim, pose_dim // num_joints)
        self.widen = nn.Linear(pose_dim // num_joints, dim)
        self.added = added
        if added:
            nn.init.zeros_(self.widen.weight)
            nn.init.zeros_(self.widen.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        """``(B, T, J, C)`` to the same; any ``T``."""
        pose = self.over_time(self.narrow(tokens).flatten(2))
        widened = self.widen(pose.unflatten(-1, (tokens.shape[2], -1)))
        return tokens + widened if self.added else widened
