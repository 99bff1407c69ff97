# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""ImageNet-21k's weights of timm's R50 + ViT-B hybrid for a TokenViT."""
from pathlib import Path

from mmengine.registry import WEIGHT_INITIALIZERS
from torch import nn

from mmarts.compat.safe_load import read_file
from .released_names import convert_names

URL = ('https://github.com/rwightman/pytorch-image-models/releases/download/'
       'v0.1-vitjx/jx_vit_base_resnet50_224_in21k-6f7c7740.pth')
_HEADS = ('head.', 'pre_logits.')
_NOT_IN_FILE = ('joint_tokens', 'shape_token', 'camera_token')


@WEIGHT_INITIALIZERS.register_module(name='TimmHybrid')
class TimmHybridInit:
    """Loads CNN, patch embedding, CLS, positions, blocks, final norm.

    The file's classifier, and blocks beyond those of the network, have no
    use (INT, ICLR 2023, appendix A keeps 6 of 12). The tokens of joints,
    shape and camera stay as they are drawn.

    Args:
        checkpoint: The file; :data:`URL` is where timm keeps it.
    """

    def __init__(self, checkpoint: str) -> None:
        self.checkpoint = checkpoint

    def __call__(self, module: nn.Module) -> None:
        """Load into a :class:`TokenViT`.

        Raises:
            FileNotFoundError: If the file is not there.
            ValueError: If a weight is missing or has another shape.
        """
        if not Path(self.checkpoint).is_file():
            raise FileNotFoundError(
                f'There is no file "{self.checkpoint}" of ImageNet weights; '
                f'download {URL} to that place, name another by '
                '`model.tokens.init_cfg.checkpoint`, or start from random '
                'weights with `model.tokens.init_cfg=None`.')
        weights = read_file(self.checkpoint)
        depth = len(module.blocks)
        state = convert_names({
            key: value
            for key, value in weights.items()
            if not key.startswith(_HEADS) and not _is_block_beyond(key, depth)
        })[0]
        state = {k.removeprefix('tokens.'): v for k, v in state.items()}
        wanted = {
            k: tuple(v.shape)
            for k, v in module.state_dict().items() if k not in _NOT_IN_FILE
        }
        found = {k: tuple(v.shape) for k, v in state.items()}
        if wanted != found:
            first = min(k for k in wanted.keys() | found.keys()
                        if wanted.get(k) != found.get(k))
            raise ValueError(
                f'{self.checkpoint} does not fit the network: "{first}" is '
                f'{found.get(first, "missing")} there and '
                f'{wanted.get(first, "missing")} here; the weights are those '
                'of the hybrid of ResNet-50 and ViT-B for 224 pixels.')
        module.load_state_dict(state, strict=False)


def _is_block_beyond(key: str, depth: int) -> bool:
    name, _, rest = key.partition('.')
    return name == 'blocks' and int(rest.partition('.')[0]) >= depth
