# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of predictions during a test run."""
import re
from pathlib import Path
from typing import Optional, Union

import torch
from mmengine.hooks import Hook

from mmarts.registry import HOOKS, VISUALIZERS
from mmarts.structures import BodyParams, MeshDataSample
from mmarts.utils.models import unwrap_model

_PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')


@HOOKS.register_module()
class MeshVisualizationHook(Hook):
    """Draws the middle predicted frame of every n-th test sample.

    ``tools/test.py --show-dir`` adds it. Pictures are called
    ``<dataset>_<sequence>_<person>_<frame>.png``. Only the first process
    draws, from the samples that it sees itself. A model that predicts no
    body (stage ``'lifter'``) gets pictures without a mesh.

    Args:
        out_dir: Folder of the pictures; made when the first is written.
        interval: Draw every so many samples, the first one included.
        visualizer: Config; a ``MeshVisualizer`` by default.

    Raises:
        ValueError: If ``interval`` is below 1.
    """

    def __init__(self,
                 out_dir: Union[str, Path],
                 interval: int = 20,
                 visualizer: Optional[dict] = None) -> None:
        if interval < 1:
            raise ValueError('MeshVisualizationHook expects interval >= 1, '
                             f'but got {interval}.')
        self.out_dir, self.interval = Path(out_dir), interval
        self.config = visualizer or dict(type='MeshVisualizer')
        self.visualizer = None
        self.seen = 0

    def before_test(self, runner) -> None:
        """Start counting."""
        self.seen = 0

    def after_test_iter(self,
                        runner,
                        batch_idx: int,
                        data_batch=None,
                        outputs=None) -> None:
        """Draw the samples of this batch whose turn it is."""
        if runner.rank != 0:
            return
        for sample in outputs or ():
            if self.seen % self.interval == 0:
                self.draw(unwrap_model(runner.model), sample)
            self.seen += 1

    def after_test(self, runner) -> None:
        """Release the renderer and say where the pictures are."""
        if self.visualizer is None:
            return
        self.visualizer.close()
        self.visualizer = None
        runner.logger.info(f'pictures of predictions: {self.out_dir}')

    def draw(self, model, sample: MeshDataSample) -> None:
        """Write the picture of one sample."""
        if self.visualizer is None:
            self.visualizer = VISUALIZERS.build(
                dict(name='mesh_visualization_hook', **self.config))
        body, frame = model.body_model, _middle_frame(sample)
        self.visualizer.add_datasample(
            f'{sample.sequence} {frame}',
            sample,
            faces=body.faces,
            vertices=_middle_vertices(body, sample),
            out_file=self.out_dir / _file_name(sample, frame))


@torch.no_grad()
def _middle_vertices(body, sample: MeshDataSample) -> Optional[torch.Tensor]:
    """Mesh ``(V, 3)`` of the middle predicted frame, camera frame."""
    values = [sample.get(f'pred_{name}') for name in _PARAMS]
    if any(value is None for value in values):
        return None
    return body.vertices(BodyParams(*(v[len(v) // 2] for v in values)))


def _middle_frame(sample: MeshDataSample) -> int:
    return int(sample.pred_frame_index[len(sample.pred_frame_index) // 2])


def _file_name(sample: MeshDataSample, frame: int) -> str:
    words = (sample.dataset, sample.sequence, sample.person, f'{frame:06d}')
    # A sequence may be called like a path.
    return re.sub(r'[^\w.-]+', '-', '_'.join(words)) + '.png'
