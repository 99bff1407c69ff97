# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The base model of INT (ICLR 2023, section 3.2): a picture to tokens."""
from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.models.layers import EncoderBlock, SpaceTimeBlock
from mmarts.registry import MODELS

# ViT's own; the layers of the ImageNet weights were trained with it.
NORM_EPS = 1e-6


def first_std(dim: int) -> float:
    """Of tokens and weights before training: ViT's 0.02 at 768 channels.

    Narrower networks with 0.02 would hardly let the picture through.
    """
    return 0.02 * (768 / dim)**0.5


@MODELS.register_module()
class TokenViT(BaseModule):
    """Learned joint, shape and camera tokens look at a picture.

    Args:
        cnn: Config of a registered CNN with ``stride`` and ``out_dim``.
        dim: Channels ``C`` of all tokens.
        depth: Transformer blocks.
        num_heads: Attention heads.
        mlp_ratio: Hidden channels of the MLPs over ``C``.
        num_joints: Joint-rotation tokens ``J``.
        image_size: Side in pixels that the position table is made for;
            pictures of other sizes get it interpolated.
        position_std: Of the position table before training; that of all
            tokens when None. A table as strong as the patches, about 0.5,
            saves a network that nothing is loaded into the long time until
            it knows where things are.

    Attributes:
        updates_all: Whether the last block updates CLS and patches too.
            Nobody reads them, and it costs an eighth of the transformer; for
            those who look inside.
    """

    updates_all = False

    def __init__(self,
                 cnn: dict,
                 dim: int = 768,
                 depth: int = 6,
                 num_heads: int = 12,
                 mlp_ratio: float = 4.0,
                 num_joints: int = 24,
                 image_size: int = 224,
                 position_std: Optional[float] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.cnn = MODELS.build(cnn)
        self.project = nn.Conv2d(self.cnn.out_dim, dim, 1)
        self.num_joints, self.side = num_joints, image_size // self.cnn.stride
        for name, count in (('joint_tokens', num_joints), ('shape_token', 1),
                            ('camera_token', 1), ('cls_token', 1),
                            ('position', 1 + self.side**2)):
            token = nn.Parameter(torch.zeros(1, count, dim))
            nn.init.normal_(token, std=first_std(dim))
            setattr(self, name, token)
        if position_std is not None:
            nn.init.normal_(self.position, std=position_std)
        self.blocks = nn.ModuleList(
            self._block(dim, num_heads, mlp_ratio) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, NORM_EPS)
        # ImageNet weights replace what they cover.
        for module in self.blocks.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=first_std(dim))
                nn.init.zeros_(module.bias)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens of every frame by itself.

        Args:
            image: ``(B, T, 3, H, W)``, normalised as the CNN expects; or
                ``(B, T, M)``, what a CNN with ``kept_dim`` M kept of them.

        Returns:
            Joint tokens ``(B, T, J, C)``, shape and camera token
            ``(B, T, C)``.

        Raises:
            ValueError: If the picture has other axes.
        """
        if not self._has_kept(image) and (image.dim() != 5
                                          or image.shape[2] != 3):
            raise ValueError('TokenViT expects pictures (B, T, 3, H, W), but '
                             f'got {tuple(image.shape)}.')
        batch, num_frames = image.shape[:2]
        x = self.sequence(self.project(self.cnn(image.flatten(0, 1))))
        x = self.norm(self._transform(x, num_frames))
        # Patches and CLS have served.
        x = x[:, :self.num_joints + 2].unflatten(0, (batch, num_frames))
        return self._split(x)

    def packed(self, image: Tensor) -> Tensor:
        """Tokens of stills as one feature each, to be kept on disk.

        Args:
            image: ``(N, 3, H, W)``, or what the CNN kept, ``(N, M)``.

        Returns:
            ``(N, (J + 2) C)``: joints, shape, camera.
        """
        joints, shape, camera = self(image[:, None])
        return torch.cat([joints, shape[:, :, None], camera[:, :, None]],
                         2).flatten(1)

    def from_kept(self, feat: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What :meth:`forward` gives, from what was computed before.

        Args:
            feat: ``(B, T, (J + 2) C)`` of :meth:`packed`: nothing is run; or
                what the CNN kept, ``(B, T, M)``.

        Raises:
            ValueError: If it is neither.
        """
        if self._has_kept(feat):
            return self(feat)
        count, dim = self.num_joints + 2, self.position.shape[-1]
        if feat.shape[-1] != count * dim:
            raise ValueError(
                f'Kept tokens should have {count} x {dim} numbers a frame, '
                f'but feat is {tuple(feat.shape)}; were they made with these '
                'weights by `--module tokens --method packed`?')
        return self._split(feat.unflatten(-1, (count, dim)))

    def _has_kept(self, x: Tensor) -> bool:
        kept = getattr(self.cnn, 'kept_dim', None)
        return x.dim() == 3 and x.shape[-1] == kept

    def sequence(self, patches: Tensor) -> Tensor:
        """What the transformer reads.

        Args:
            patches: ``(N, C, h, w)``.

        Returns:
            ``(N, J + 3 + h w, C)``: joints, shape, camera, CLS, patches.
            The paper appends the task tokens and has no CLS; the release
            keeps that of ImageNet, and attention does not know the order.
        """
        seen = torch.cat([
            self.cls_token.expand(len(patches), -1, -1),
            patches.flatten(2).mT
        ], 1) + self._positions(*patches.shape[-2:])
        tasks = torch.cat(
            [self.joint_tokens, self.shape_token, self.camera_token], 1)
        return torch.cat([tasks.expand(len(patches), -1, -1), seen], 1)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        joints, rest = x.split([self.num_joints, 2], 2)
        return joints, rest[:, :, 0], rest[:, :, 1]

    def _positions(self, height: int, width: int) -> Tensor:
        if (height, width) == (self.side, self.side):
            return self.position
        cls, grid = self.position.split([1, self.side**2], 1)
        grid = F.interpolate(
            grid.mT.unflatten(-1, (self.side, self.side)),
            size=(height, width),
            mode='bicubic')
        return torch.cat([cls, grid.flatten(2).mT], 1)

    @staticmethod
    def _block(dim: int, num_heads: int, mlp_ratio: float) -> nn.Module:
        return EncoderBlock(dim, num_heads, mlp_ratio, norm_eps=NORM_EPS)

    def _transform(self, x: Tensor, num_frames: int) -> Tensor:
        for block in self.blocks[:-1]:
            x = block(x)
        count = None if self.updates_all else self.num_joints + 2
        return self.blocks[-1](x, count=count)


@MODELS.register_module()
class SpaceTimeTokenViT(TokenViT):
    """INT's "parallel" ablation (Table 3): frames meet in every block.

    Needs no temporal model after it. As in the release no block knows which
    frame is which.
    """

    @staticmethod
    def _block(dim: int, num_heads: int, mlp_ratio: float) -> nn.Module:
        return SpaceTimeBlock(
            dim, num_heads, mlp_ratio=mlp_ratio, norm_eps=NORM_EPS)

    def _transform(self, x: Tensor, num_frames: int) -> Tensor:
        for block in self.blocks:
            x = block(x, num_frames)
        return x
