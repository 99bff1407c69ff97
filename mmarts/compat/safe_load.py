# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Checkpoints read with ``weights_only`` and an explicit list of types."""
from pathlib import Path
from typing import Any, Union

import numpy as np
import torch

try:
    from numpy._core import multiarray
except ImportError:  # numpy < 2
    from numpy.core import multiarray

# What MMEngine's Runner may write beside tensors and plain Python: numpy
# numbers and arrays. None of these runs code when unpickled.
CHECKPOINT_TYPES = [
    multiarray._reconstruct, multiarray.scalar, np.ndarray, np.dtype,
    *(type(np.dtype(kind)) for kind in ('f4', 'f8', 'i4', 'i8', 'bool'))
]


def allow_checkpoint_types() -> None:
    """Let ``torch.load(weights_only=True)`` read MMEngine's checkpoints.

    Since torch 2.6 that is the default, and MMEngine 0.10 cannot resume
    without help: this, and ``CheckpointMetaHook``, which keeps its log
    history out of the pickle. Calling it again is free.
    """
    torch.serialization.add_safe_globals(CHECKPOINT_TYPES)


def load_checkpoint(path: str, device: str = 'cpu') -> dict:
    """Read a checkpoint of mmarts; nothing in it is executed.

    Args:
        path: A file written by ``tools/train.py``.
        device: Where the tensors go.

    Returns:
        ``state_dict`` and ``meta``; ``meta['mmarts']`` holds the model
        config, ``body_model_id``, joint set, ``num_frames``, ``fps`` and
        normaliser.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, holds other objects than the
            listed ones, or was not written by mmarts.
    """
    checkpoint = read_file(path, device)
    if 'mmarts' not in checkpoint.get('meta', {}):
        raise ValueError(
            f'{path} lacks meta["mmarts"]; expected a checkpoint written by '
            'tools/train.py of mmarts.')
    return checkpoint


def read_file(path: Union[str, Path], device: str = 'cpu') -> Any:
    """What ``torch.save`` wrote, if of the listed types; nothing runs.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or holds objects of other types.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no checkpoint "{path}".')
    allow_checkpoint_types()
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises many kinds for a bad file
        # An empty file's error has no text.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f'{path} cannot be read as a checkpoint: {reason}') from None
