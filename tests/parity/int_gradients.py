# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The release's gradients of a clip under the losses of phase 3."""
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from parity import fixture
from parity.int_losses import PHASES, terms_of, video_targets
from parity.int_network import network_config, released_weights

from mmarts.models.tokens.released_names import convert_names
from mmarts.registry import MODELS

# Larger gradients are stored in part.
WHOLE, PART = 4096, 256
_TIME = 'temporal_pos_embedding'


def compute_gradients(kit: Path, seed: int, dtype: torch.dtype) -> dict:
    """All arrays of ``gradients.npz``."""
    config = network_config(PHASES['phase3'])
    # The embedding is off there.
    config.temporal.num_frames = 0
    model = MODELS.build(config).to(dtype).train()
    weights = released_weights(kit, 'v4', seed)
    del weights[_TIME]
    model.load_state_dict(convert_names(weights)[0])
    image = torch.as_tensor(
        fixture.inputs('video', (2, 4, 3, 224, 224), seed))[:1].to(dtype)
    targets = video_targets(SimpleNamespace(seed=seed, dtype=dtype))[:1]
    terms = terms_of(
        model, [model.outputs(dict(image=image))], [targets], temporal=True)
    terms['total'].backward()
    arrays = {name: float(value.detach()) for name, value in terms.items()}
    arrays.update(_by_parameter(model, weights))
    return {key: np.asarray(value) for key, value in arrays.items()}


def _by_parameter(model, weights: dict) -> dict:
    parameters, arrays = dict(model.named_parameters()), {}
    for key, weight in weights.items():
        # Queries are apart from keys and values here.
        ours = convert_names({key: weight})[0]
        gradient = torch.cat(
            [parameters[name].grad.flatten(0) for name in ours])
        arrays[f'norm/{key}'] = gradient.norm()
        if len(gradient) <= WHOLE:
            arrays[f'grad/{key}'] = gradient.reshape(weight.shape)
        else:
            arrays[f'sub/{key}'] = gradient[::len(gradient) // PART][:PART]
    return arrays
