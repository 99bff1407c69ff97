# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What needs no network: the mean training pose, and the nearest one."""
from typing import Optional, Sequence

import torch
from torch import Tensor

from mmarts.body_models import BodyModel
from mmarts.geometry.alignment import procrustes_align
from mmarts.registry import MODELS
from mmarts.structures import BodyParams, MeshDataSample

_PARAMS = ('global_orient', 'body_pose', 'betas')
# Training frames whose meshes are averaged; more move the mean by < 1 mm.
MEAN_FRAMES = 400
BANK_WINDOWS = 2000


class ProcrustesMean:
    """The mean training mesh, each aligned to the mean by a similarity.

    Generalised Procrustes: align all to the mean, average, repeat. It has no
    orientation of its own, so only PA-MPJPE is fair to it.

    Args:
        dataset: Training windows.
        body_model: Their body.
        num_frames: Frames averaged, one a window.
    """

    def __init__(self,
                 dataset,
                 body_model: BodyModel,
                 num_frames: int = MEAN_FRAMES) -> None:
        params, _ = _collect(dataset, num_frames, slice(0, 1))
        meshes = body_model.vertices(params).flatten(0, -3)
        meshes = meshes - meshes.mean(-2, keepdim=True)
        mean = meshes[0]
        for _ in range(3):
            aligned = procrustes_align(meshes, mean.expand_as(meshes), None)
            mean = aligned.mean(0)
        # Averaging shrinks; the size is that of the poses themselves.
        size = meshes.norm(dim=(-2, -1)).mean()
        self.vertices = (mean * (size / mean.norm())).float()

    def __call__(self, inputs: dict,
                 samples: Sequence[MeshDataSample]) -> list:
        """The same mesh for every frame."""
        for sample in samples:
            count = len(sample.frame_index)
            sample.pred_vertices = self.vertices.expand(count, -1, -1)
            sample.pred_frame_index = torch.as_tensor(sample.frame_index)
        return list(samples)


class NearestPose:
    """Frame by frame, the training pose whose 2D keypoints are nearest.

    Distance: between keypoints normalised as the network's are.

    Args:
        dataset: Training windows; all their frames enter the bank.
        normalizer: Config, as in the estimators.
        num_windows: Windows in the bank.
    """

    def __init__(self,
                 dataset,
                 normalizer: dict,
                 num_windows: int = BANK_WINDOWS) -> None:
        self.normalizer = MODELS.build(normalizer)
        params, inputs = _collect(dataset, num_windows, slice(None))
        self.params = params.map(lambda t: t.flatten(0, 1))
        self.bank = self._describe(inputs).flatten(0, 1)

    def __call__(self, inputs: dict,
                 samples: Sequence[MeshDataSample]) -> list:
        """Body parameters of the nearest training frames."""
        query = self._describe(inputs)
        nearest = torch.cdist(query.flatten(0, 1), self.bank).argmin(-1)
        found = self.params[nearest.view(query.shape[:2])]
        for i, sample in enumerate(samples):
            for name in _PARAMS:
                sample.set_field(getattr(found, name)[i], f'pred_{name}')
            sample.pred_frame_index = torch.as_tensor(sample.frame_index)
        return list(samples)

    def _describe(self, inputs: dict) -> Tensor:
        norm, _ = self.normalizer(*(inputs[k] for k in ('keypoints2d',
                                                        'keypoints2d_score',
                                                        'K', 'image_size')))
        return norm.flatten(2)


def _collect(dataset,
             count: int,
             frames: slice,
             chunk: int = 200) -> tuple[BodyParams, Optional[dict]]:
    """Parameters ``(N, T', ...)`` and inputs of the first windows."""
    params, inputs = [], []
    for start in range(0, count, chunk):
        items = dataset.__getitems__(range(start, min(start + chunk, count)))
        samples = [item['data_samples'] for item in items]
        params.append(
            BodyParams(*(torch.stack([s.get(name)[frames] for s in samples])
                         for name in _PARAMS)))
        inputs += [item['inputs'] for item in items]
    merged = BodyParams(*(torch.cat([getattr(p, name) for p in params])
                          for name in _PARAMS))
    return merged, {
        key: torch.stack([i[key] for i in inputs])
        for key in inputs[0]
    }
