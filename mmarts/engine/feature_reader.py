# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One feature a picture, from any part of any registered model."""
from typing import Any, Optional

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from torch import Tensor, nn

from mmarts.compat.safe_load import read_file
from mmarts.models.data_preprocessor import WindowPreprocessor
from mmarts.registry import MODELS


class FeatureReader:
    """Calls a part of a model on crops and pools what it gives.

    Args:
        model: Config of any registered model, a bare backbone included.
        checkpoint: Its weights: a file with a ``state_dict`` or, as SPIN's,
            a ``model``, or one that is a state dict; what the model has no
            place for is left out. The model's own ``init_cfg`` when empty.
        module: Dotted name of the part that is called; the model itself when
            empty.
        method: Of that part.
        output: Which output: the key of a dict, the place in a tuple. Not
            needed where there is one.
        device: Where it runs.

    Raises:
        ValueError: If weights do not fit, or the model has no such part.
    """

    def __init__(self,
                 model: dict,
                 checkpoint: str = '',
                 module: str = '',
                 method: str = 'forward',
                 output: str = '',
                 device: str = 'cpu') -> None:
        with torch.random.fork_rng(devices=[]):
            # What no file holds is drawn, in every process alike.
            torch.manual_seed(0)
            built = MODELS.build(Config(model).to_dict())
            if checkpoint:
                _load(built, checkpoint)
            elif hasattr(built, 'init_weights'):
                _init(built)
        built = built.to(device).eval()
        scale = getattr(built, 'data_preprocessor', None)
        if not isinstance(scale, WindowPreprocessor):
            scale = WindowPreprocessor()
        self.preprocess, self.device = scale.to(device), device
        part = _part(built, module)
        if not callable(getattr(part, method, None)):
            raise ValueError(f'{type(part).__name__} has no method '
                             f'"{method}".')
        # Hooks of a module run where it is called as a function.
        self.call = part if method == 'forward' else getattr(part, method)
        self.output = output

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """Features ``(N, C)`` of crops ``(N, 3, S, S)``, RGB uint8.

        Maps ``(N, C, h, w)`` are averaged over their places. What was kept
        of crops before, ``(N, M)``, is given to the model as it is.
        """
        inputs = dict(image=images[:, None])
        batch = self.preprocess(dict(inputs=inputs))['inputs']
        feature = _pick(self.call(batch['image'][:, 0]), self.output)
        if feature.dim() == 4:
            feature = feature.mean((2, 3))
        if feature.dim() != 2 or len(feature) != len(images):
            raise ValueError(
                f'A feature should be ({len(images)}, C), or a map of so '
                f'many pictures, but is {tuple(feature.shape)}; name another '
                'part or output of the model.')
        return feature.float().cpu()


def _init(model: nn.Module) -> None:
    """``init_weights`` without MMEngine's lines about every weight."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')
    try:
        model.init_weights()
    finally:
        logger.setLevel(level)


def _load(model: nn.Module, path: str) -> None:
    content = read_file(path)
    state = content.get('state_dict', content.get('model', content))
    try:
        left_out = model.load_state_dict(state, strict=False)
        missing, reason = left_out.missing_keys, 'it lacks '
    except RuntimeError as error:
        missing = [line.strip() for line in str(error).splitlines()[1:3]]
        reason = ''
    if missing:
        raise ValueError(f'The weights of {path} do not fit the model: '
                         f'{reason}{", ".join(missing)[:300]}') from None
    if left_out.unexpected_keys:
        MMLogger.get_current_instance().info(
            f'{len(left_out.unexpected_keys)} arrays of {path} have no place '
            f'in {type(model).__name__}, {left_out.unexpected_keys[0]} among '
            'them.')


def _part(model: nn.Module, name: str) -> nn.Module:
    try:
        return model.get_submodule(name)
    except AttributeError:
        raise ValueError(
            f'{type(model).__name__} has no part "{name}"; its parts are '
            f'{[n for n, _ in model.named_children()]}.') from None


def _pick(result: Any, output: str) -> Tensor:
    """One tensor of what a model gave."""
    found: Optional[Any] = None
    if isinstance(result, Tensor):
        found = result if not output else None
    elif isinstance(result, dict):
        found = result.get(output)
    elif isinstance(result, (tuple, list)):
        place = '0' if len(result) == 1 and not output else output
        if place.isdigit() and int(place) < len(result):
            found = result[int(place)]
    if isinstance(found, Tensor):
        return found
    there = 'one tensor'
    if isinstance(result, dict):
        there = f'the keys {list(result)}'
    elif isinstance(result, (tuple, list)):
        there = f'{len(result)} outputs'
    raise ValueError(f'There is no tensor "{output}" in what the model '
                     f'gives: {there}.')
