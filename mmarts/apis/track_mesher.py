# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""2D keypoints of a person -> body parameters of every frame."""
from typing import Optional

import numpy as np
import roma
import torch
from mmengine.registry import init_default_scope
from torch import Tensor

from mmarts.body_models.stature import with_stature
from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.hooks import check_body_model
from mmarts.geometry.camera import default_focal_length, intrinsics
from mmarts.geometry.motion import smooth_points
from mmarts.geometry.rotation import slerp_rotmat, smooth_rotmat
from mmarts.models.backbones import image_channels
from mmarts.models.layers.onednn_layers import by_onednn
from mmarts.models.regressors import CameraSolver
from mmarts.registry import MODELS
from mmarts.structures import BodyParams
from mmarts.utils.custom_imports import import_custom
from mmarts.version import __version__
from .keypoint_fit import fit_to_keypoints
from .progress import Step, ignore
from .tracks import MeshTrack, Track
from .windows import run_windows

_TRACK_JOINTS = 'coco19'
# Metres; the shapes of a body model are those of adults.
STATURES = (1.0, 2.5)
# Bodies posed at once when vertices are made: 64 x 6890 x 12 floats, 21 MB.
_VERTEX_BATCH = 64
# Frames whose rotations are resampled and whose joints are placed at once.
_PIECE = 1024
_MAX_FAULT = 120  # characters of a list of names that are shown
# Depth is smoothed over so many times the time of the rest: keypoints that
# shake by a pixel move somebody 5 m away by centimetres along the line of
# sight, and by millimetres across it.
_DEPTH_SMOOTHING = 4.
# Seconds by which a clock of milliseconds misses an even frame rate.
_JITTER = 0.0015


class TrackMesher:
    """Runs a trained estimator over tracks of any length and frame rate.

    The network knows windows of ``T`` frames at its own frame rate. A track
    is resampled to that rate, cut into overlapping windows, merged (rotations
    of the windows that hold a frame are averaged by rule ``'blend'``), and
    resampled back in SO(3). Of a video at a multiple of that rate, every
    frame is read: the network runs once on each set of every n-th frame, and
    the mean of the runs is what a frame gets. The camera is then solved for
    every frame of the video. No window reaches over the end of a segment;
    between segments the body goes on a straight way from one to the next.

    Args:
        checkpoint: A file written by ``tools/train.py``; its meta holds the
            model's config.
        device: ``'cpu'``, ``'cuda'``, ...
        stride: Frames between windows; half a window when None. Smaller ones
            give a frame to more windows: slower, and smoother.
        batch_size: Windows a forward pass.
        max_runs: Runs over a video of many frames a second; beyond them,
            frames are left out.
        smoothing: Seconds, the standard deviation of a bell curve over which
            rotations are averaged in SO(3), and places; 0 for not. Depth,
            which one camera hardly sees, is averaged over four times that.
        height: Stature of the person, metres, if it is known; the network's
            guess when None.
        fit: Whether the poses are then brought onto the keypoints, see
            :func:`fit_to_keypoints`.
        dtype: ``'bfloat16'`` takes products of linear layers in it
            (:class:`OneDNNLinear`): large networks are then up to twice as
            fast on a processor that can, and bodies move by rounding.

    Raises:
        FileNotFoundError, ValueError: From :func:`load_checkpoint`, or if
            weights and body do not belong together, or if ``stride`` is below
            1 or leaves frames out between windows, or ``smoothing`` below 0,
            or ``height`` is no stature of a person, or ``dtype`` is not
            possible.
        ImportError: If the model has parts from outside mmarts (``projects``)
            whose module is not found.
    """

    def __init__(self,
                 checkpoint: str,
                 device: str = 'cpu',
                 stride: Optional[int] = None,
                 batch_size: int = 32,
                 max_runs: int = 4,
                 smoothing: float = 0.0,
                 height: Optional[float] = None,
                 fit: bool = False,
                 dtype: str = 'float32') -> None:
        if dtype != 'float32' and torch.device(device).type != 'cpu':
            raise ValueError(f'The dtype {dtype} is for a CPU; the device is '
                             f'"{device}", which computes in float32.')
        if height is not None and not STATURES[0] <= height <= STATURES[1]:
            raise ValueError('The height of the person should be {} to {} '
                             'metres, but is {}.'.format(*STATURES, height))
        loaded = load_checkpoint(checkpoint, device)
        meta = loaded['meta']['mmarts']
        import_custom(meta['custom_imports'], f'The checkpoint {checkpoint}')
        init_default_scope('mmarts')
        # Weights come from the file itself: nothing else may be looked for.
        self.model = _build(meta, checkpoint)
        check_body_model(meta['body_model_id'], self.body_model_id)
        if getattr(self.model, 'stage', 'full') != 'full':
            raise ValueError(f'{checkpoint} holds a lifter only: it gives '
                             'skeletons, no bodies. Train the whole network.')
        if self.model.joint_set != _TRACK_JOINTS:
            raise ValueError(
                f'{checkpoint} reads the joints "{self.model.joint_set}"; '
                f'2D keypoints of videos are "{_TRACK_JOINTS}".')
        _load_weights(self.model, loaded, checkpoint)
        self.model.output_frames = 'all'
        by_onednn(self.model, dtype).to(device).eval()
        self.camera = CameraSolver()
        self.device, self.batch_size = device, batch_size
        self.max_runs, self.smoothing = max_runs, smoothing
        self.height, self.fit = height, fit
        self.num_frames, self.fps = self.model.num_frames, self.model.fps
        #: Channels of the image feature that the network reads; 0 for none.
        self.feat_dim = image_channels(self.model)
        if stride is not None and not 1 <= stride <= self.num_frames:
            raise ValueError(f'The stride should be 1 to {self.num_frames}, '
                             f'the frames of a window, but is {stride}.')
        if not smoothing >= 0:
            raise ValueError('The smoothing should be 0 or more seconds, but '
                             f'is {smoothing}.')
        self.stride = stride or max(self.num_frames // 2, 1)

    @property
    def body_model(self):
        """The body that is predicted."""
        return self.model.body_model

    @property
    def body_model_id(self) -> str:
        """Name and hash of that body."""
        return self.body_model.body_model_id

    @torch.no_grad()
    def __call__(self,
                 track: Track,
                 focal_length: Optional[float] = None,
                 step: Step = ignore) -> MeshTrack:
        """Body parameters of every frame of a track.

        Args:
            track: 2D keypoints in the model's joint set. Where the network
                reads image features (``feat_dim``) and the track has none,
                it is given zeros, and what it says is worth little.
            focal_length: Pixels; the image diagonal when None.
            step: Told how many frames are done, now and then.
        """
        width, height = track.image_size
        focal = focal_length or default_focal_length(width, height)
        K = intrinsics(
            torch.tensor(float(focal)),
            torch.tensor([float(width), float(height)]))
        segments = [slice(*s) for s in track.segments]
        parts = [self._predict(track, rows, K) for rows in segments]
        betas = torch.cat([betas for _, betas in parts]).mean(0)
        if self.height is not None:
            betas = with_stature(self.body_model, betas, self.height)
        rotmats = torch.cat([
            self._settle(track, rows, rotmats, betas, K, step)
            for rows, (rotmats, _) in zip(segments, parts)
        ])
        present = track.present
        if not present.all():
            step(int((~present).sum()))
            times = torch.as_tensor(track.times)
            rotmats = _resample_rotmats(rotmats, times[present], times)
        params = BodyParams(rotmats[:, :1], rotmats[:, 1:],
                            betas.expand(len(track), -1))
        joints = self._place(track, params, K)
        arrays = {
            name: getattr(params, name).cpu().numpy()
            for name in ('global_orient', 'body_pose', 'betas', 'transl')
        }
        return MeshTrack(
            **arrays,
            joints3d=joints.cpu().numpy(),
            K=K.numpy(),
            body_model_id=self.body_model_id)

    @torch.no_grad()
    def vertices(self, mesh_track: MeshTrack, index: np.ndarray) -> np.ndarray:
        """Meshes ``(N, V, 3)`` of some frames, metres, camera frame."""
        params = BodyParams(*(torch.as_tensor(
            getattr(mesh_track, name)[index], device=self.device)
                              for name in ('global_orient', 'body_pose',
                                           'betas', 'transl')))
        parts = [
            self.body_model.vertices(params[i:i + _VERTEX_BATCH])
            for i in range(0, len(index), _VERTEX_BATCH)
        ]
        return torch.cat(parts).cpu().numpy()

    def _predict(self, track: Track, rows: slice,
                 K: Tensor) -> tuple[Tensor, Tensor]:
        """Rotations of the frames of a segment, shapes of its windows."""
        times = _even_times(track.times[rows], track.fps)
        turns, betas = 0., []
        for model_times in self._clocks(times, track.fps):
            rotmats, shapes = run_windows(
                self.model, self._inputs(track, rows, times, model_times, K),
                self.stride, self.batch_size)
            turns = turns + _resample_rotmats(rotmats, model_times, times)
            betas.append(shapes)
        if len(betas) > 1:
            turns = roma.special_procrustes(turns)
        return turns, torch.cat(betas)

    def _settle(self, track: Track, rows: slice, rotmats: Tensor,
                betas: Tensor, K: Tensor, step: Step) -> Tensor:
        """The rotations of a segment on its keypoints, and calm."""
        if self.fit:
            rotmats = fit_to_keypoints(
                self.body_model, rotmats, betas,
                torch.as_tensor(track.keypoints2d[rows]).to(rotmats),
                torch.as_tensor(track.scores[rows]).to(rotmats), K.to(rotmats),
                track.fps, self.model.joint_set, step)
        else:
            step(len(rotmats))
        return smooth_rotmat(rotmats, self.smoothing * track.fps)

    def _clocks(self, times: Tensor, fps: float) -> list[Tensor]:
        """Seconds of the network's frames, one series for each run."""
        runs = int(max(min(round(fps / self.fps), self.max_runs), 1))
        starts = [run / (runs * self.fps) for run in range(runs)]
        return [
            start + torch.arange(
                int((times[-1] - start) * self.fps + 1e-6) + 1,
                dtype=torch.float64) / self.fps for start in starts
            if start <= times[-1]
        ]

    def _inputs(self, track: Track, rows: slice, times: Tensor,
                model_times: Tensor, K: Tensor) -> dict:
        """What the network reads, at its own frames."""
        keypoints, scores = _resample_keypoints(track.keypoints2d[rows],
                                                track.scores[rows], times,
                                                model_times)
        inputs = dict(keypoints2d=keypoints, keypoints2d_score=scores)
        if self.feat_dim:
            feat = (
                np.zeros((len(times), self.feat_dim))
                if track.feat is None else track.feat[rows])
            inputs['feat'] = _resample(
                torch.as_tensor(feat).float(), times, model_times)
        inputs.update(K=K, image_size=torch.tensor(track.image_size).float())
        return {k: v.to(self.device) for k, v in inputs.items()}

    def _place(self, track: Track, params: BodyParams, K: Tensor) -> Tensor:
        """Set ``params.transl``; joints ``(F, K, 3)`` in the camera frame."""
        joints, transl = [], []
        for i in range(0, len(track), _PIECE):
            rows = slice(i, i + _PIECE)
            joints.append(
                self.body_model.joints(params[rows], self.model.joint_set))
            # Solved anew for the video's own frames, also where the model
            # has a learned camera: that one saw resampled keypoints.
            transl.append(
                self.camera.solve(
                    joints[-1],
                    torch.as_tensor(track.keypoints2d[rows]).to(joints[-1]),
                    torch.as_tensor(track.scores[rows]).to(joints[-1]),
                    K.to(joints[-1])))
        filled = _fill_gaps(torch.cat(transl), torch.as_tensor(track.valid))
        params.transl = _calmed(filled, self.smoothing * track.fps)
        return torch.cat(joints) + params.transl[:, None]


def _even_times(times: np.ndarray, fps: float) -> Tensor:
    """Seconds from the first frame, even if they were meant to be."""
    times = torch.as_tensor(times - times[0], dtype=torch.float64)
    even = torch.arange(len(times), dtype=torch.float64) / fps
    return even if (times - even).abs().max() < _JITTER else times


def _resample_rotmats(rotmats: Tensor, times: Tensor,
                      new_times: Tensor) -> Tensor:
    if torch.equal(times, new_times):
        return rotmats
    return torch.cat([
        slerp_rotmat(rotmats, times, piece)
        for piece in new_times.split(_PIECE)
    ])


def _resample(values: Tensor, times: Tensor, new_times: Tensor) -> Tensor:
    """``(F, ...)`` linearly."""
    if torch.equal(times, new_times):
        return values
    left, right, share = _neighbours(times, new_times)
    share = share.reshape(-1, *[1] * (values.dim() - 1))
    return torch.lerp(values[left], values[right], share)


def _resample_keypoints(keypoints2d: np.ndarray, scores: np.ndarray,
                        times: Tensor,
                        new_times: Tensor) -> tuple[Tensor, Tensor]:
    """Keypoints linearly, scores as the lower of both neighbours."""
    points = torch.as_tensor(keypoints2d).float()
    scores = torch.as_tensor(scores).float()
    if torch.equal(times, new_times):
        return points, scores
    left, right, share = _neighbours(times, new_times)
    mixed = _resample(points, times, new_times)
    # An end that takes no part does not lower the score.
    low = torch.where(share[:, None] > 1e-6, scores[right], scores[left])
    high = torch.where(share[:, None] < 1 - 1e-6, scores[left], scores[right])
    return mixed, torch.minimum(low, high)


def _neighbours(times: Tensor,
                new_times: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows before and after each new time, and the share of the latter."""
    place = torch.searchsorted(times, new_times + 1e-9, right=True) - 1
    left = place.clamp(0, max(len(times) - 2, 0))
    right = (left + 1).clamp(max=len(times) - 1)
    gap = (times[right] - times[left]).clamp(min=1e-9)
    share = ((new_times - times[left]) / gap).clamp(0, 1).float()
    return left, right, share


def _fill_gaps(transl: Tensor, valid: Tensor) -> Tensor:
    """Where nobody was seen, the place between the last and next sight."""
    if valid.all() or not valid.any():
        return transl
    seen = valid.nonzero()[:, 0].cpu().numpy()
    frames = np.arange(len(valid))
    values = transl.cpu().numpy()
    filled = np.stack(
        [np.interp(frames, seen, values[seen, axis]) for axis in range(3)], 1)
    return torch.as_tensor(filled).to(transl)


def _calmed(transl: Tensor, std: float) -> Tensor:
    """Places ``(F, 3)``, smoothed across the line of sight and along it."""
    if not std:
        return transl
    depth = smooth_points(transl[:, 2:].log(), _DEPTH_SMOOTHING * std).exp()
    rays = smooth_points(transl / transl[:, 2:], std)
    return rays * depth


def _build(meta: dict, checkpoint: str):
    try:
        return MODELS.build(_without_init(meta['model']))
    except TypeError as error:  # an argument that a part no longer has
        raise ValueError(_of_another_version(meta, checkpoint,
                                             error)) from error


def _load_weights(model, loaded: dict, checkpoint: str) -> None:
    try:
        model.load_state_dict(loaded['state_dict'])
    except RuntimeError as error:
        # A title, then one line for each kind of fault, with all the names.
        fault = str(error).splitlines()[1].strip()
        raise ValueError(
            _of_another_version(loaded['meta']['mmarts'], checkpoint,
                                fault)) from error


def _of_another_version(meta: dict, checkpoint: str, fault) -> str:
    fault = ' '.join(str(fault).split())
    if len(fault) > _MAX_FAULT:
        fault = f'{fault[:_MAX_FAULT]}...'
    return (f'{checkpoint} does not fit the code: it was written by mmarts '
            f'{meta["version"]}, this is {__version__} ({fault}). Train it '
            'again, or use the code it was trained with.')


def _without_init(config: dict) -> dict:
    """A copy without any ``init_cfg``."""
    return {
        k: _without_init(v) if isinstance(v, dict) else v
        for k, v in config.items() if k != 'init_cfg'
    }
