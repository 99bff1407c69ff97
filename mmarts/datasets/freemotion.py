# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreeMotion: free motion x free body x random cameras, made on the fly."""
from dataclasses import dataclass
from typing import Optional

import numpy as np
import roma
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.utils.data import Dataset

from mmarts.geometry.boxes import window_box
from mmarts.geometry.camera import project
from mmarts.registry import BODY_MODELS, DATASETS
from mmarts.structures import BodyParams, MeshDataSample, get_joint_set
from mmarts.structures.windows import window_starts
from .camera_sampler import Camera, CameraSampler
from .keypoint_noise import KeypointNoise
from .motion_clips import FREEMOTION_FILE, MotionClip, load_clips, mirrored

_SMPL = get_joint_set('smpl24')
# Parts of the body that move by themselves; the root stays with its clip.
SPLICED_PARTS = [
    _SMPL.index('left_collar', 'left_shoulder', 'left_elbow', 'left_wrist'),
    _SMPL.index('right_collar', 'right_shoulder', 'right_elbow',
                'right_wrist'),
    _SMPL.index('left_hip', 'left_knee', 'left_ankle', 'right_hip',
                'right_knee', 'right_ankle'),
    _SMPL.index('spine1', 'spine2', 'spine3', 'neck', 'head'),
]


@dataclass
class _Window:
    """All that chance decided about one sample, before any kinematics."""

    action: str
    frames: np.ndarray
    rotmats: Tensor
    path: Tensor
    camera: Camera
    orient: np.ndarray
    betas: np.ndarray
    twitch: np.ndarray
    noise: np.ndarray
    score: np.ndarray
    sequence: str


@DATASETS.register_module()
class FreeMotion(Dataset):
    """Windows of 2D keypoints with their exact body.

    A sample depends on ``(seed, index)`` only, never on the order of asking,
    the process or the batch. ``split='train'`` draws a clip, a window, a
    heading, a shape and a camera for every index; ``split='test'`` cuts every
    test clip, seen by ``views`` drawn cameras, into overlapping windows.

    Args:
        split: ``'train'`` or ``'test'``.
        body_model: Config of the body.
        joint_set: Set of the keypoints.
        num_frames: Window length ``T``.
        fps: Frame rate of the windows.
        seed: Decides every sample.
        length: Training samples before they repeat.
        views: Cameras, headings and shapes a test clip is seen with.
        stride: Frames between the starts of test windows.
        camera: Arguments of :class:`CameraSampler`.
        noise: Arguments of :class:`KeypointNoise`, or None for exact 2D.
        mirror: Chance that a training window is mirrored.
        splice: Chance, for each arm, the legs and the trunk, that a training
            window takes it from another one: real motion is short.
        pose_std: Standard deviation, radians, of a rotation that each body
            joint keeps over a training window.
        max_beta: Shapes are N(0, 1), cut there.
        ann_file: Clips; those that ship with mmarts when empty.
    """

    def __init__(self,
                 split: str,
                 body_model: Optional[dict] = None,
                 joint_set: str = 'coco19',
                 num_frames: int = 16,
                 fps: float = 30.0,
                 seed: int = 0,
                 length: int = 1_000_000,
                 views: int = 16,
                 stride: int = 8,
                 camera: Optional[dict] = None,
                 noise: Optional[dict] = None,
                 mirror: float = 0.0,
                 splice: float = 0.0,
                 pose_std: float = 0.0,
                 max_beta: float = 2.5,
                 ann_file: str = '') -> None:
        self.body = BODY_MODELS.build(body_model or dict(type='FreeBody'))
        self.split, self.joint_set = split, get_joint_set(joint_set)
        self.num_frames, self.fps = num_frames, fps
        self.seed, self.max_beta = seed, max_beta
        self.mirror, self.splice, self.pose_std = mirror, splice, pose_std
        self.sample_camera = CameraSampler(**(camera or {}))
        self.noise = KeypointNoise(**noise) if noise else None
        clips = load_clips(ann_file or str(FREEMOTION_FILE), split, fps)
        self.clips = [c for c in clips if len(c) >= num_frames]
        if not self.clips:
            raise ValueError(f'No clip of split "{split}" is as long as a '
                             f'window of {num_frames} frames at {fps} fps.')
        # A long clip is drawn as often as its number of windows.
        windows = np.array([len(c) - num_frames + 1 for c in self.clips])
        self.clip_ends = windows.cumsum() / windows.sum()
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
        """Samples of several indices, their kinematics done together."""
        draw = self._draw_train if self.split == 'train' else self._draw_test
        windows = [draw(int(index)) for index in indices]
        with torch.no_grad():
            return self._make(windows)

    @property
    def metainfo(self) -> dict:
        """What the samples have in common."""
        return dict(
            dataset='FreeMotion',
            split=self.split,
            fps=self.fps,
            joint_set=self.joint_set.name,
            body_model_id=self.body.body_model_id)

    def _draw_train(self, index: int) -> _Window:
        rng = np.random.default_rng((self.seed, 0, index))
        clip, frames = self._draw_frames(rng)
        rotmats, path = clip.rotmats[frames], clip.root[frames]
        for part in SPLICED_PARTS:
            if rng.random() < self.splice:
                other, others = self._draw_frames(rng)
                rotmats[:, part] = other.rotmats[others][:, part]
        if rng.random() < self.mirror:
            rotmats, path = mirrored(rotmats, path)
        twitch = rng.normal(0, self.pose_std, (self.body.num_joints - 1, 3))
        return self._draw(rng, clip.name, frames, rotmats, path - path.mean(0),
                          twitch, f'{clip.name}/{index}')

    def _draw_frames(self, rng) -> tuple[MotionClip, np.ndarray]:
        clip = self.clips[np.searchsorted(self.clip_ends, rng.random())]
        start = rng.integers(len(clip) - self.num_frames + 1)
        return clip, np.arange(start, start + self.num_frames)

    def _draw_test(self, index: int) -> _Window:
        number, view, start = self.test_windows[index]
        clip = self.clips[number]
        # All windows of a view share everything but their frames, so that
        # they make one track; noise is each window's own.
        rng = np.random.default_rng((self.seed, 1, number, view))
        frames = np.arange(start, start + self.num_frames)
        window = self._draw(rng, clip.name, frames, clip.rotmats[frames],
                            clip.root[frames] - clip.root.mean(0),
                            np.zeros((self.body.num_joints - 1, 3)),
                            f'{clip.name}/{view}')
        if self.noise:
            rng = np.random.default_rng((self.seed, 2, index))
            window.noise, window.score = self._draw_noise(rng)
        return window

    def _draw(self, rng: np.random.Generator, action: str, frames: np.ndarray,
              rotmats: Tensor, path: Tensor, twitch: np.ndarray,
              sequence: str) -> _Window:
        heading = Rotation.from_euler('y', rng.uniform(0, 2 * np.pi))
        camera = self.sample_camera(rng)
        betas = rng.normal(size=self.body.num_betas)
        noise, score = self._draw_noise(rng)
        return _Window(action, frames, rotmats, path, camera,
                       camera.world_to_camera @ heading.as_matrix(),
                       betas.clip(-self.max_beta, self.max_beta), twitch,
                       noise, score, sequence)

    def _draw_noise(self, rng: np.random.Generator) -> tuple:
        shape = (self.num_frames, len(self.joint_set))
        if self.noise is None:
            return np.zeros((*shape, 2)), np.ones(shape, np.float32)
        return self.noise(rng, *shape)

    def _make(self, windows: list[_Window]) -> list[dict]:
        params = self._params(windows)
        joints = self.body.joints(params, self.joint_set.name)
        K = _stack(w.camera.K for w in windows)
        exact = project(joints, K[:, None])
        score = _stack(w.score for w in windows)
        _, side = window_box(exact, torch.ones_like(score, dtype=torch.bool),
                             1.0)
        noise = _stack(w.noise for w in windows)
        seen = exact + noise * side[:, None, None, None]
        centre, box_side = window_box(seen, score > 0, 1.2)
        boxes = torch.cat(
            [centre - box_side[:, None] / 2, centre + box_side[:, None] / 2],
            -1)
        root = joints[..., [self.joint_set.root_index], :]
        targets = dict(
            keypoints2d=exact,
            joints3d=joints,
            joints3d_rel=joints - root,
            global_orient=params.global_orient,
            body_pose=params.body_pose,
            betas=params.betas,
            transl=params.transl)
        return [
            dict(
                inputs=dict(
                    keypoints2d=seen[i],
                    keypoints2d_score=score[i],
                    K=K[i],
                    image_size=torch.tensor(w.camera.image_size).float()),
                data_samples=self._sample(w, {
                    k: v[i]
                    for k, v in targets.items()
                }, boxes[i])) for i, w in enumerate(windows)
        ]

    def _params(self, windows: list[_Window]) -> BodyParams:
        rotmats = torch.stack([w.rotmats for w in windows])
        path = torch.stack([w.path for w in windows])
        orient = _stack(w.orient for w in windows)[:, None]
        twitch = _stack(w.twitch for w in windows)[:, None]
        betas = _stack(w.betas for w in windows)
        rest_root = self.body.rest_joints(betas)[:, 0]
        # Posing keeps the root at its rest place; transl takes it from there.
        root = _stack(w.camera.root for w in windows)
        transl = ((path[:, :, None] @ orient.mT)[:, :, 0] +
                  (root - rest_root)[:, None])
        return BodyParams(orient[:, :, None] @ rotmats[:, :, :1],
                          rotmats[:, :, 1:] @ roma.rotvec_to_rotmat(twitch),
                          betas[:, None].expand(-1, self.num_frames,
                                                -1), transl)

    def _sample(self, window: _Window, targets: dict,
                box: Tensor) -> MeshDataSample:
        sample = MeshDataSample(
            metainfo=dict(
                dataset='FreeMotion',
                sequence=window.sequence,
                person='0',
                action=window.action,
                frame_index=window.frames,
                fps=self.fps,
                image_size=window.camera.image_size,
                K=window.camera.K,
                box=box.numpy(),
                crop_affine=None,
                body_model_id=self.body.body_model_id,
                joint_set=self.joint_set.name))
        for name, value in targets.items():
            sample.set_target(name, value)
        return sample


def _stack(arrays) -> Tensor:
    return torch.as_tensor(np.stack(list(arrays)), dtype=torch.float32)
