# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreeMotion: free motion x free body x random cameras, made on the fly."""
from dataclasses import dataclass, fields
from typing import Any, Optional, Sequence

import numpy as np
import roma
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmarts.geometry.boxes import window_box
from mmarts.geometry.camera import project
from mmarts.geometry.rotation import turn_about
from mmarts.registry import BODY_MODELS, DATASETS, TRANSFORMS
from mmarts.structures import BodyParams, MeshDataSample, get_joint_set
from mmarts.structures.mesh_data_sample import PER_JOINT
from mmarts.structures.windows import window_starts
from .motion.camera_sampler import REFERENCE_HEIGHT, Cameras, CameraSampler
from .motion.motion_bank import MotionBank
from .motion.motion_clips import FREEMOTION_FILE, load_clips
from .motion.motion_variety import MotionVariety
from .random_draws import Draws

# Streams of one seed that share no number.
_TRAIN, _TEST, _TEST_NOISE = 0, 1, 2


@dataclass
class _Windows:
    """What chance decided about a batch, before any kinematics."""

    quats: Tensor
    path: Tensor
    middle: Tensor
    orient: Tensor
    betas: Tensor
    cameras: Cameras
    noise: Any
    frames: list[np.ndarray]
    actions: list[str]
    sequences: list[str]


@DATASETS.register_module()
class FreeMotion(Dataset):
    """Windows of 2D keypoints with their exact body.

    A sample depends on ``(seed, index)`` only, never on the order of asking,
    the process or the batch. ``split='train'`` draws a clip, a window, a
    heading, a shape and a camera for every index; ``'val'`` and ``'test'``
    cut every clip of theirs, seen by ``views`` drawn cameras, into
    overlapping windows.

    Args:
        split: ``'train'``, ``'val'`` or ``'test'``.
        body_model: Config of the body.
        joint_set: Set of the keypoints.
        num_frames: Window length ``T``.
        min_frames: Shorter clips are left out, so that windows of different
            lengths can be cut from the same clips; ``num_frames`` if less.
        fps: Frame rate of the windows.
        seed: Decides every sample.
        length: Training samples before they repeat.
        views: Cameras, headings and shapes a test clip is seen with.
        stride: Frames between the starts of test windows.
        camera: Arguments of :class:`CameraSampler`.
        noise: Config of :class:`DetectorNoise`, or of
            :class:`KeypointNoise` where it names no type; None for exact 2D.
            With noise, joints outside the picture are missed.
        variety: Arguments of :class:`MotionVariety`, for training alone.
        max_beta: Shapes are N(0, 1), cut there.
        ann_file: Clips: a file, or a folder that tools/convert_dataset.py
            wrote; those that ship with mmarts when empty.
    """

    def __init__(self,
                 split: str,
                 body_model: Optional[dict] = None,
                 joint_set: str = 'coco19',
                 num_frames: int = 16,
                 min_frames: int = 0,
                 fps: float = 30.0,
                 seed: int = 0,
                 length: int = 1_000_000,
                 views: int = 16,
                 stride: int = 8,
                 camera: Optional[dict] = None,
                 noise: Optional[dict] = None,
                 variety: Optional[dict] = None,
                 max_beta: float = 2.5,
                 ann_file: str = '') -> None:
        self.body = BODY_MODELS.build(body_model or dict(type='FreeBody'))
        self.split, self.joint_set = split, get_joint_set(joint_set)
        self.num_frames, self.fps = num_frames, fps
        self.seed, self.max_beta = seed, max_beta
        self.sample_camera = CameraSampler(**(camera or {}))
        self.noise, self.drawn_set = None, joint_set
        if noise is not None:
            self.noise = TRANSFORMS.build(dict(type='KeypointNoise') | noise)
        if hasattr(self.noise, 'regressor'):
            # Both in one set: the body is posed once.
            self.drawn_set = f'{joint_set}+detector'
            self.body.add_regressor(
                self.drawn_set,
                torch.cat([
                    self.body.regressor(joint_set),
                    self.noise.regressor(self.body)
                ]))
        clips = load_clips(ann_file or str(FREEMOTION_FILE), split, fps)
        least = max(num_frames, min_frames)
        self.clips = [c for c in clips if len(c) >= least]
        if not self.clips:
            raise ValueError(f'No clip of split "{split}" is as long as '
                             f'{least} frames at {fps} fps.')
        self.bank = MotionBank(self.clips)
        self.variety = MotionVariety(self.bank, fps, **(variety or {}))
        self.length = length
        self.test_windows = [(clip, view, start)
                             for clip in range(len(self.clips))
                             for view in range(views)
                             for start in window_starts(
                                 len(self.clips[clip]), num_frames, stride)]

    def __len__(self) -> int:
        return self.length if self.split == 'train' else len(self.test_windows)

    def __getitem__(self, index: int) -> dict:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: list[int]) -> list[dict]:
        """Samples of several indices, made together."""
        draw = self._draw_train if self.split == 'train' else self._draw_test
        with torch.no_grad():
            return self._make(draw([int(i) for i in indices]))

    @property
    def metainfo(self) -> dict:
        """What the samples have in common."""
        return dict(
            dataset='FreeMotion',
            split=self.split,
            fps=self.fps,
            joint_set=self.joint_set.name,
            body_model_id=self.body.body_model_id)

    def _draw_train(self, indices: list[int]) -> _Windows:
        draws = Draws([(self.seed, _TRAIN, index) for index in indices])
        clip, quats, root = self.variety(draws, self.num_frames)
        actions = [self.clips[c].name if c >= 0 else 'sampled' for c in clip]
        view = self._draw_view(draws, root.unbind())
        noise = None
        if self.noise:
            noise = self.noise(draws, self.num_frames, self.joint_set)
        return _Windows(quats, root, *view, noise,
                        [np.arange(self.num_frames)] * len(indices), actions,
                        [f'{a}/{i}' for a, i in zip(actions, indices)])

    def _draw_test(self, indices: list[int]) -> _Windows:
        clips, views, starts = zip(*(self.test_windows[i] for i in indices))
        # All windows of a view share everything but their frames, so that
        # they make one track.
        draws = Draws([(self.seed, _TEST, *key) for key in zip(clips, views)])
        frames = torch.tensor(starts)[:, None] + torch.arange(self.num_frames)
        rows = self.bank.first[list(clips)][:, None] + frames
        actions = [self.clips[c].name for c in clips]
        view = self._draw_view(draws, [self.clips[c].root for c in clips])
        return _Windows(self.bank.quats[rows], self.bank.root[rows], *view,
                        self._track_noise(clips, views, frames),
                        list(frames.numpy()), actions,
                        [f'{a}/{v}' for a, v in zip(actions, views)])

    def _track_noise(self, clips: tuple, views: tuple, frames: Tensor) -> Any:
        """The windows' parts of noise that is drawn for whole tracks."""
        if self.noise is None:
            return None
        # Neighbouring windows share a track: each is drawn once.
        tracks = {
            (clip, view):
            self.noise(
                Draws([(self.seed, _TEST_NOISE, clip, view)]),
                len(self.clips[clip]), self.joint_set)
            for clip, view in set(zip(clips, views))
        }
        drawn = [(tracks[key], window)
                 for key, window in zip(zip(clips, views), frames)]
        kind = type(drawn[0][0])
        return kind(
            **{
                field.name:
                torch.cat([
                    getattr(track, field.name)[:, window]
                    for track, window in drawn
                ])
                for field in fields(kind)
            })

    def _draw_view(self, draws: Draws, tracks: Sequence[Tensor]) -> tuple:
        """Middle of each track, heading, shape and camera.

        Args:
            draws: The samples' random numbers.
            tracks: ``(F, 3)`` root places, metres, one a sample.
        """
        ends = torch.stack(
            [torch.stack([t.amin(0), t.amax(0)]) for t in tracks])
        middle = ends.mean(1)
        reach = (ends[:, 1] - ends[:, 0]).norm(dim=-1) / 2
        cameras = self.sample_camera(draws, middle[:, 1], reach)
        heading = turn_about('y', draws.between(0, 2 * torch.pi))
        betas = draws.normal(self.body.num_betas)
        return (middle, cameras.world_to_camera @ heading,
                betas.clamp(-self.max_beta, self.max_beta), cameras)

    def _make(self, windows: _Windows) -> list[dict]:
        params = self._params(windows)
        cameras = windows.cameras
        drawn = self.body.joints(params, self.drawn_set)
        pixels = project(drawn, cameras.K[:, None])
        joints, exact = (
            x[..., :len(self.joint_set), :] for x in (drawn, pixels))
        seen, score = self._observe(pixels, joints, params, windows)
        centre, side = window_box(seen, score > 0, 1.2)
        half = side[:, None] / 2
        boxes = torch.cat([centre - half, centre + half], -1).numpy()
        root = joints[..., [self.joint_set.root_index], :]
        targets = dict(
            keypoints2d=exact,
            joints3d=joints,
            joints3d_rel=joints - root,
            global_orient=params.global_orient,
            body_pose=params.body_pose,
            betas=params.betas.expand(-1, self.num_frames, -1),
            transl=params.transl)
        inputs = dict(
            keypoints2d=seen,
            keypoints2d_score=score,
            K=cameras.K,
            image_size=cameras.image_size)
        samples = self._samples(windows, targets, boxes)
        return [
            dict(inputs=dict(zip(inputs, values)), data_samples=sample)
            for sample, *values in zip(samples,
                                       *(v.unbind() for v in inputs.values()))
        ]

    def _params(self, windows: _Windows) -> BodyParams:
        """Body parameters, betas with a time axis of 1."""
        rotmats = roma.unitquat_to_rotmat(windows.quats)
        orient, betas = windows.orient[:, None], windows.betas[:, None]
        path = windows.path - windows.middle[:, None]
        # Posing keeps the root at its rest place; transl takes it from there.
        transl = (
            path @ windows.orient.mT + windows.cameras.root[:, None] -
            self.body.rest_joints(betas)[..., 0, :])
        return BodyParams(orient[:, :, None] @ rotmats[:, :, :1],
                          rotmats[:, :, 1:], betas, transl)

    def _observe(self, pixels: Tensor, joints: Tensor, params: BodyParams,
                 windows: _Windows) -> tuple[Tensor, Tensor]:
        """What a detector reports: keypoints and scores.

        Args:
            pixels: The exact keypoints, and behind them where the detector
                of the noise sees them, if that is elsewhere.
        """
        noise, count = windows.noise, len(self.joint_set)
        exact = pixels[..., :count, :]
        if noise is None:
            return exact, torch.ones(exact.shape[:-1])
        if pixels.shape[-2] > count:
            untouched = noise.exact[..., None, None]
            exact = torch.where(untouched, exact, pixels[..., count:, :])
        reported = exact.gather(2, noise.source[..., None].expand_as(exact))
        front = params.global_orient[..., 0, :, 2]
        root = joints[..., self.joint_set.root_index, :]
        facing = -torch.cosine_similarity(front, root, dim=-1)
        error, score = self.noise.place(noise, joints, facing)
        focal = windows.cameras.K[:, None, 0, 0]
        height = focal * REFERENCE_HEIGHT / params.transl[...,
                                                          2].clamp(min=0.5)
        seen = reported + error * height[..., None, None]
        size = windows.cameras.image_size[:, None, None]
        inside = ((reported >= 0) & (reported < size)).all(-1)
        return seen, score * inside

    def _samples(self, windows: _Windows, targets: dict,
                 boxes: np.ndarray) -> list[MeshDataSample]:
        sizes = windows.cameras.image_size.int().tolist()
        common = dict(
            dataset='FreeMotion',
            person='0',
            fps=self.fps,
            crop_affine=None,
            body_model_id=self.body.body_model_id,
            joint_set=self.joint_set.name)
        samples = [
            MeshDataSample(
                metainfo=dict(
                    common,
                    sequence=sequence,
                    action=action,
                    frame_index=frames,
                    image_size=tuple(size),
                    K=K,
                    box=box))
            for sequence, action, frames, size, K, box in zip(
                windows.sequences, windows.actions, windows.frames, sizes,
                windows.cameras.K.numpy(), boxes)
        ]
        for name, values in targets.items():
            axes = 3 if name in PER_JOINT else 2
            valid = torch.ones(values.shape[:axes], dtype=torch.bool)
            for sample, value, mask in zip(samples, values, valid):
                sample.set_target(name, value, mask)
        return samples
