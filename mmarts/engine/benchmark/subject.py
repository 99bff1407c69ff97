# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The network of a config, with a body, inputs and a whole forward pass."""
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ContextManager, Optional

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmarts.body_models.smpl import FREE_BODY
from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.hooks.checkpoint_meta_hook import check_weights
from mmarts.models.backbones import image_channels
from mmarts.models.layers.onednn_layers import DTYPES, by_onednn
from mmarts.registry import MODELS
from mmarts.structures import BodyParams, get_joint_set
from .timing import precision

# 'config': that of the config. 'free': the free body. 'stand-in': the free
# body with random pose correctives, the sizes and the cost of SMPL. 'auto':
# the config's, or the stand-in where its files are missing.
BODIES = ('auto', 'config', 'free', 'stand-in')
VERTICES = ('mid', 'all', 'none')
_IMAGE_SIZE, _FOCAL = 1000., 1400.  # pixels


@dataclass
class Subject:
    """What is measured.

    Args:
        model: In eval mode, on its device.
        body: The body in words.
        vertices: Frames of a window whose mesh is made, one of
            :data:`VERTICES`. ``'mid'`` is the middle one of those that the
            model gives out; ``'all'`` makes it give out all.
        dtype: ``'float32'`` or ``'bfloat16'``, see :func:`build_subject`.
    """

    model: torch.nn.Module
    body: str
    vertices: str = 'mid'
    dtype: str = 'float32'

    @property
    def device(self) -> str:
        """Where it computes."""
        return str(next(self.model.parameters()).device)

    def precision(self) -> ContextManager:
        """Context in which the model computes."""
        if torch.device(self.device).type == 'cpu':
            return nullcontext()  # there the layers know by themselves
        return precision(self.device, self.dtype)

    def inputs(self, batch: int, num_frames: Optional[int] = None) -> dict:
        """Synthetic windows; people in the middle of a picture.

        Args:
            batch: Windows ``B``.
            num_frames: Frames of each; the model's own when None.
        """
        frames = num_frames or self.model.num_frames
        joints = len(get_joint_set(self.model.joint_set))
        draw = torch.Generator().manual_seed(0)
        spread = torch.randn(batch, frames, joints, 2, generator=draw)
        K = torch.tensor([[_FOCAL, 0, _IMAGE_SIZE / 2],
                          [0, _FOCAL, _IMAGE_SIZE / 2], [0, 0, 1.]])
        inputs = dict(
            keypoints2d=_IMAGE_SIZE / 2 + 100 * spread,
            keypoints2d_score=torch.ones(batch, frames, joints),
            K=K.expand(batch, 3, 3),
            image_size=torch.full((batch, 2), _IMAGE_SIZE))
        channels = image_channels(self.model)
        if channels:
            inputs['feat'] = torch.rand(
                batch, frames, channels, generator=draw)
        return {k: v.to(self.device) for k, v in inputs.items()}

    def __call__(self, inputs: dict) -> dict:
        """Raw outputs of windows, and ``vertices`` if they are wanted."""
        out = self.model(inputs, mode='tensor')
        # A lifter has none; other outputs may hold vertices of their own.
        if self.vertices == 'none' or 'body_pose' not in out:
            return out
        params = BodyParams(*(out[name]
                              for name in ('global_orient', 'body_pose',
                                           'betas', 'transl')))
        if self.vertices == 'mid':
            middle = params.leading_shape[1] // 2
            params = params[:, [middle]]
        return dict(out, vertices=self.model.body_model.vertices(params))


def build_subject(config: dict,
                  body: str = 'auto',
                  vertices: str = 'mid',
                  device: str = 'cpu',
                  checkpoint: Optional[str] = None,
                  dtype: str = 'float32') -> Subject:
    """The network of a config, ready to be measured.

    Args:
        config: Its ``model``, as plain data or not. Nothing is loaded for
            ``init_cfg``: speed does not depend on weights.
        body: One of :data:`BODIES`.
        vertices: One of :data:`VERTICES`.
        device: Where it computes.
        checkpoint: Weights to load all the same.
        dtype: ``'bfloat16'`` rounds the factors of linear layers' products on
            a CPU (:func:`by_onednn`); elsewhere it is autocast, as in
            training with ``--amp``.

    Raises:
        FileNotFoundError: If the body's files or the checkpoint are missing.
        ValueError: If the weights do not fit, the device is not there, or
            a word is none of the choices.
    """
    for word, choices in ((body, BODIES), (vertices, VERTICES), (dtype,
                                                                 DTYPES)):
        if word not in choices:
            raise ValueError(f'"{word}" is none of {choices}.')
    init_default_scope('mmarts')
    torch.manual_seed(0)
    model, words = _build(Config(dict(model=config)).model, body)
    if checkpoint:
        weights = load_checkpoint(checkpoint)['state_dict']
        check_weights(weights, model)
        model.load_state_dict(weights)
    if vertices == 'all' and hasattr(model, 'output_frames'):
        model.output_frames = 'all'
    try:
        model.to(device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f'There is no device "{device}" here '
                         f'({str(error).splitlines()[0]}).') from error
    # As whoever runs a model has it.
    return Subject(by_onednn(model.eval(), dtype), words, vertices, dtype)


def _build(config, body: str) -> tuple[torch.nn.Module, str]:
    if body in ('auto', 'config'):
        try:
            model = MODELS.build(config)
            return model, f"the config's, {model.body_model.body_model_id}"
        except FileNotFoundError:
            if body == 'config' or config.body_model.type != 'SMPL':
                raise
    if body == 'free':
        config.body_model = dict(type='FreeBody')
        return MODELS.build(config), 'the free body (no pose correctives)'
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / 'stand_in.npz')
        _write_stand_in(path)
        config.body_model = dict(type='SMPL', model_path=path)
        return MODELS.build(config), (
            "a stand-in of SMPL's sizes: the free body with random pose "
            'correctives')


def _write_stand_in(path: str) -> None:
    with np.load(FREE_BODY) as file:
        arrays = dict(file)
    draw = np.random.default_rng(0)
    arrays['posedirs'] = 1e-3 * draw.standard_normal(
        arrays['posedirs'].shape, dtype=np.float32)
    arrays['name'] = np.array('stand-in')
    np.savez(path, **arrays)
