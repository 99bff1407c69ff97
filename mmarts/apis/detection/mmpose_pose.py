# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Any top-down model of mmpose, without ``mmpose.apis``.

``mmpose.apis`` imports torchvision, which this does not need.
"""
import copy
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import DefaultScope

from mmarts.compat import import_optional, install_mmcv_ops_stub
from mmarts.compat.safe_load import read_file
from mmarts.structures.dataset_info import config_path, read_dataset_info
from mmarts.structures.joints import JOINT_SETS


class MMPosePose:
    """Keypoints of people in boxes by a top-down model.

    Args:
        config: Config of mmpose; ``'mmpose::...'`` names one of its own.
        checkpoint: Weights, read without running anything in them; random
            ones when empty.
        device: Of the model.

    Raises:
        ImportError: Without mmpose.
        FileNotFoundError: If config or checkpoint are not there.
        ValueError: If the model is not top-down, its joints are of no set
            of mmarts, or the weights are of another model.
    """

    def __init__(self,
                 config: str,
                 checkpoint: str = '',
                 device: str = 'cpu') -> None:
        install_mmcv_ops_stub()
        import_optional('mmpose.models')
        package = Path(import_optional('mmpose').__file__).parent
        cfg = Config.fromfile(config_path(config))
        with DefaultScope.overwrite_default_scope('mmpose'):
            self._prepare(cfg, package, config)
            self.model = self._build(cfg, checkpoint).to(device).eval()
        self.size = _input_size(self.pipeline)

    def _prepare(self, cfg: Config, package: Path, name: str) -> None:
        """Pipeline and what a picture's sample must say about the joints."""
        from mmpose.datasets.datasets.utils import parse_pose_metainfo
        from mmpose.registry import DATASETS
        if cfg.model.type != 'TopdownPoseEstimator':
            raise ValueError(f'{name} is a {cfg.model.type}; boxes are given, '
                             'so a TopdownPoseEstimator is expected.')
        dataset = cfg.test_dataloader.dataset
        info = cfg.get('dataset_info') or dataset.get('metainfo')
        if not info:
            info = DATASETS.get(dataset.type).METAINFO
        info = dict(info)
        if 'from_file' in info:
            path = Path(info['from_file'])
            if not path.is_file():
                path = package / '.mim' / path
            info = dict(from_file=str(path))
            self.joint_set = _known_name(read_dataset_info(path), name)
        else:
            self.joint_set = _known_name(read_dataset_info(info), name)
        self.meta = parse_pose_metainfo(info)
        self.pipeline = Compose(copy.deepcopy(dataset.pipeline))

    def _build(self, cfg: Config, checkpoint: str) -> torch.nn.Module:
        from mmpose.registry import MODELS
        model_cfg = copy.deepcopy(cfg.model)
        # It names a download of a backbone; the checkpoint has all.
        model_cfg.backbone.pop('init_cfg', None)
        model = MODELS.build(model_cfg)
        if checkpoint:
            content = read_file(checkpoint)
            try:
                model.load_state_dict(content.get('state_dict', content))
            except (RuntimeError, AttributeError) as error:
                lines = str(error).splitlines()
                raise ValueError(f'{checkpoint} does not fit the model '
                                 f'({" ".join(lines[:2])}).') from None
        return model

    @torch.no_grad()
    def __call__(self, frame: np.ndarray,
                 boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the joints of the people in some boxes.

        Args:
            frame: ``(H, W, 3)`` RGB uint8.
            boxes: ``(N, 4)`` x1 y1 x2 y2, pixels.

        Returns:
            ``(N, K, 2)`` float32 pixels, the picture's corner at 0, and
            ``(N, K)`` scores in [0, 1].
        """
        image = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
        samples = []
        for box in boxes:
            sample = dict(
                img=image,
                bbox=np.asarray(box, np.float32)[None],
                bbox_score=np.ones(1, np.float32))
            sample.update(self.meta)
            with DefaultScope.overwrite_default_scope('mmpose'):
                samples.append(self.pipeline(sample))
        found = self.model.test_step(pseudo_collate(samples))
        points = [np.asarray(f.pred_instances.keypoints[0]) for f in found]
        scores = [
            np.asarray(f.pred_instances.keypoint_scores[0]) for f in found
        ]
        # mmpose counts from the centre of the first pixel.
        return (np.stack(points).astype(np.float32) + 0.5,
                np.stack(scores).astype(np.float32).clip(0, 1))


def _known_name(joint_set, config: str) -> str:
    """The set of mmarts that has the same points in the same order."""
    for known in JOINT_SETS.values():
        if known.anatomy == joint_set.anatomy:
            return known.name
    raise ValueError(f'{config} finds the joints {list(joint_set.joints)}; no '
                     f'joint set of mmarts has them: {sorted(JOINT_SETS)}.')


def _input_size(pipeline: Compose) -> tuple[int, int]:
    """``(width, height)`` of the model's input, pixels."""
    return next(
        tuple(t.input_size) for t in pipeline.transforms
        if hasattr(t, 'input_size'))
