# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tokens of frames that were seen before."""
from collections import OrderedDict
from typing import Hashable, Sequence

import torch
from torch import Tensor

from .token_vit import TokenViT


class TokenCache:
    """Makes the tokens of every frame once, however many clips it is in.

    Frames do not meet in the base model, so that those of overlapping clips
    need not be made again. For testing: what is kept has no gradient. Not
    for :class:`SpaceTimeTokenViT`, whose frames do meet.

    Args:
        tokens: The base model.
        max_frames: Frames that are kept, the latest used ones.

    Raises:
        TypeError: If frames meet in the model.
    """

    def __init__(self, tokens: TokenViT, max_frames: int = 1024) -> None:
        if type(tokens) is not TokenViT:
            raise TypeError('TokenCache expects a TokenViT, whose frames are '
                            f'independent, but got {type(tokens).__name__}.')
        self.tokens, self.max_frames = tokens, max_frames
        self.kept: OrderedDict[Hashable, tuple] = OrderedDict()

    @torch.no_grad()
    def __call__(self, image: Tensor,
                 keys: Sequence[Hashable]) -> tuple[Tensor, ...]:
        """Tokens of a clip, for ``INT.read``.

        Args:
            image: ``(1, T, 3, H, W)``, as the base model expects.
            keys: ``T`` names of the pictures, such as (track, frame); equal
                names are taken for equal pictures.

        Returns:
            Joint tokens ``(1, T, J, C)``, shape and camera token
            ``(1, T, C)``.
        """
        fresh = [i for i, key in enumerate(keys) if key not in self.kept]
        found = {key: self.kept[key] for key in keys if key in self.kept}
        if fresh:
            made = self.tokens(image[:, fresh])
            for place, i in enumerate(fresh):
                found[keys[i]] = tuple(x[:, place] for x in made)
        for key in keys:
            self.kept[key] = found[key]
            self.kept.move_to_end(key)
        while len(self.kept) > self.max_frames:
            self.kept.popitem(last=False)
        return tuple(
            torch.stack(parts, 1) for parts in zip(*(found[k] for k in keys)))
