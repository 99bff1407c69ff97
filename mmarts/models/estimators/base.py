# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What all estimators share: the forward contract and target stacking."""
from abc import abstractmethod
from typing import Optional, Union

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmarts.registry import BODY_MODELS
from mmarts.structures import MeshDataSample, get_joint_set
from mmarts.structures.mesh_data_sample import PER_JOINT

# Inputs with a time axis.
TEMPORAL = ('keypoints2d', 'keypoints2d_score', 'feat')


class BaseEstimator(BaseModel):
    """MMEngine model of mmarts: windows in, samples with predictions out.

    Args:
        body_model: Config of the body that is predicted. It is no part of
            the state dict; checkpoints carry its id.
        joint_set: Set of the 2D keypoints and of the 3D skeleton.
        num_frames: Window length ``T`` that the networks are trained with.
        fps: Frame rate of the windows.
        data_preprocessor: Config; stacks windows by default.
    """

    def __init__(self,
                 body_model: dict,
                 joint_set: str = 'coco19',
                 num_frames: int = 16,
                 fps: float = 30.0,
                 data_preprocessor: Optional[dict] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(
            data_preprocessor or dict(type='WindowPreprocessor'), init_cfg)
        self.body_model = BODY_MODELS.build(body_model)
        self.joint_set, self.num_frames, self.fps = joint_set, num_frames, fps

    def forward(self,
                inputs: dict,
                data_samples: Optional[list] = None,
                mode: str = 'tensor') -> Union[dict, list]:
        """Run in one of MMEngine's modes.

        Args:
            inputs: ``keypoints2d`` ``(B, T, K, 2)`` pixels,
                ``keypoints2d_score`` ``(B, T, K)``, ``K`` ``(B, 3, 3)``,
                ``image_size`` ``(B, 2)``, and what a part asks for.
            data_samples: ``B`` samples; targets for ``'loss'``, optional for
                ``'predict'``.
            mode: ``'loss'`` (dict of named losses, summed by the runner),
                ``'predict'`` (samples with predictions) or ``'tensor'``
                (dict of raw outputs).

        Raises:
            ValueError: For another mode, another number of joints, or
                training samples of another body model.
        """
        # Metrics have bodies of their own for targets of another one.
        self._check(inputs, data_samples if mode == 'loss' else None)
        if mode == 'tensor':
            return self.outputs(inputs)
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        raise ValueError(f'mode should be "loss", "predict" or "tensor", but '
                         f'is "{mode}".')

    def checkpoint_meta(self) -> dict:
        """What a checkpoint must say so that nothing else is needed."""
        return dict(
            body_model_id=self.body_model.body_model_id,
            joint_set=self.joint_set,
            num_frames=self.num_frames,
            fps=self.fps)

    @abstractmethod
    def outputs(self, inputs: dict) -> dict:
        """Raw outputs by name."""

    @abstractmethod
    def loss(self, inputs: dict, data_samples: list) -> dict:
        """Named losses."""

    @abstractmethod
    def predict(self, inputs: dict, data_samples: Optional[list]) -> list:
        """Samples with ``pred_<name>`` and ``pred_frame_index``."""

    def _check(self, inputs: dict, data_samples: Optional[list]) -> None:
        num_joints = inputs['keypoints2d'].shape[-2]
        expected = len(get_joint_set(self.joint_set))
        if num_joints != expected:
            raise ValueError(
                f'This model reads {expected} joints ("{self.joint_set}"), '
                f'but keypoints2d is {tuple(inputs["keypoints2d"].shape)}; '
                'does `joint_set` match the 2D detector?')
        self._check_body(data_samples)

    def _check_body(self, data_samples: Optional[list]) -> None:
        own = self.body_model.body_model_id
        for sample in data_samples or ():
            theirs = sample.get('body_model_id', own)
            if theirs not in (own, None):
                raise ValueError(
                    f'This model predicts body "{own}", but a sample of '
                    f'"{sample.sequence}" holds targets of "{theirs}"; '
                    'tools/refit_body.py refits results, and data must be '
                    'made with the same body model.')


def stack_targets(data_samples: list,
                  name: str,
                  like: Optional[Tensor] = None) -> tuple[Tensor, Tensor]:
    """A target and its mask of all samples: ``(B, T, ...)``, ``(B, T...)``.

    Args:
        data_samples: ``B`` samples.
        name: Of the target.
        like: Prediction ``(B, T, ...)``; with it a sample that lacks the
            target gets zeros and an empty mask, which suits batches of
            several datasets.

    Raises:
        KeyError: If a sample lacks the target and ``like`` is not given.
    """
    missing = [s for s in data_samples if name not in s]
    if missing and like is not None:
        filled = dict(zip(map(id, missing), _without_target(name, like)))
        values, masks = zip(
            *(filled.get(id(s)) or (s.get(name), s.get(f'{name}_valid'))
              for s in data_samples))
        return torch.stack(values), torch.stack(masks)
    if missing:
        raise KeyError(f'A sample of "{missing[0].dataset}" has no target '
                       f'"{name}"; it has {sorted(missing[0].keys())}.')
    return (torch.stack([s.get(name) for s in data_samples]),
            torch.stack([s.get(f'{name}_valid') for s in data_samples]))


def _without_target(name: str, like: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Zeros and a mask that lets nothing through, for every sample."""
    values = torch.zeros_like(like)
    axes = 3 if name in PER_JOINT else 2
    masks = torch.zeros(
        like.shape[:axes], dtype=torch.bool, device=like.device)
    return list(zip(values, masks))


def every_nth_frame(inputs: dict, step: int) -> Tensor:
    """Places of every n-th frame of a window, the middle one among them."""
    num_frames = inputs['keypoints2d'].shape[1]
    return torch.arange(num_frames // 2 % step, num_frames, step)


def frame_gap(frames: Tensor) -> int:
    """Frames from one of evenly spaced ``(T,)`` to the next; 1 for one."""
    return int(frames[1] - frames[0]) if len(frames) > 1 else 1


def velocities(pred: Tensor, target: Tensor, valid: Tensor,
               frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Velocities between neighbours, and where both ends are valid.

    Args:
        pred, target: ``(B, T, K, 3)`` metres.
        valid: ``(B, T, K)``.
        frames: ``(T,)`` their places in the window, evenly spaced.

    Returns:
        ``(B, T - 1, K, 3)`` twice, metres a frame, and ``(B, T - 1, K)``.
    """
    gap = frame_gap(frames)
    return (pred.diff(dim=1) / gap, target.diff(dim=1) / gap,
            valid[:, 1:] & valid[:, :-1])


def at_frames(inputs: dict, frames: Tensor) -> dict:
    """Inputs of some frames of the window; what has no time axis stays."""
    return {
        key: value[:, frames] if key in TEMPORAL else value
        for key, value in inputs.items()
    }


def attach_predictions(data_samples: Optional[list], predictions: dict,
                       frame_index: Tensor) -> list:
    """Write a batch of predictions into samples.

    Args:
        data_samples: ``B`` samples, or None for fresh ones.
        predictions: Name -> ``(B, T_out, ...)``; ``pred_`` is put in front.
        frame_index: ``(T_out,)`` positions in the window.
    """
    batch = len(next(iter(predictions.values())))
    samples = data_samples or [MeshDataSample() for _ in range(batch)]
    for i, sample in enumerate(samples):
        for name, value in predictions.items():
            sample.set_field(value[i], f'pred_{name}')
        frames = sample.get('frame_index')
        numbers = frame_index.cpu() if frames is None else torch.as_tensor(
            frames)[frame_index.cpu()]
        sample.set_field(numbers, 'pred_frame_index')
    return samples
