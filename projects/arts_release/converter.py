# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released checkpoints of ARTS to checkpoints of this project."""
from pathlib import Path

from mmengine.config import Config
from torch import Tensor, nn

from mmarts.engine.checkpoint_converter import (CheckpointConverter,
                                                Conversion, load_weights)
from mmarts.registry import CHECKPOINT_CONVERTERS
from .models.mesh_residual import distances, nearest_joints
from .weights import LIFTER, REGRESSOR, ConvertedWeights, convert_weights

_CONFIGS = Path(__file__).parent / 'configs'
# Joints of the embedding -> config: of the whole network, of the lifter.
_CONFIG_OF = {
    19: ('arts-release_3dpw.py', 'arts-release-lifter_3dpw.py'),
    17: ('arts-release_h36m.py', 'arts-release-lifter_h36m.py'),
}
# Metres by which vertices of one mesh may differ between two files.
_SAME_VERTEX = 1e-4
_BODY = REGRESSOR + 'regressorspin.smpl.'


@CHECKPOINT_CONVERTERS.register_module('arts-release')
class ARTSReleaseConverter(CheckpointConverter):
    """TangTao-PKU/ARTS, commit deb8c12: whole networks and lifters."""

    def config(self, weights: dict[str, Tensor]) -> Config:
        whole = any(key.startswith(REGRESSOR) for key in weights)
        prefix = LIFTER if whole else ''
        spatial, temporal = (
            weights.get(f'{prefix}{axis}_pos_embed')
            for axis in ('spatial', 'temporal'))
        joints = spatial.shape[1] if spatial is not None else None
        if joints not in _CONFIG_OF or temporal is None:
            raise ValueError(
                'These are no weights of the release of ARTS: expected '
                f'{prefix}spatial_pos_embed for 19 (COCO) or 17 (Human3.6M) '
                f'joints, but got {sorted(weights)[:3]} ...')
        config, lifter_config = _CONFIG_OF[joints]
        cfg = Config.fromfile(
            _CONFIGS / (config if whole else lifter_config),
            import_custom_modules=False)
        cfg.model.num_frames = temporal.shape[1]
        cfg.model.lifter.num_frames = temporal.shape[1]
        return cfg

    def load(self, model: nn.Module, weights: dict[str, Tensor]) -> Conversion:
        converted = convert_weights(weights)
        notes = []
        if converted.table_points is not None:
            _check_mean_vertices(model, converted.table_points)
            notes = _body_notes(model, weights)
        load_converted(model, converted)
        dropped = sum(map(len, converted.dropped.values()))
        return Conversion(
            kept=len(weights) - dropped,
            dropped=dict(converted.dropped),
            notes=notes)


def load_converted(model: nn.Module, weights: ConvertedWeights) -> None:
    """Put converted weights into a network.

    Args:
        model: :class:`ARTSRelease`, of the whole network or the lifter.
        weights: Of the same.

    Raises:
        ValueError: If names or shapes do not fit.
    """
    state = dict(weights.state)
    if weights.table_points is not None:
        mean = model.shape_fitter.mean_vertices
        state['mesh_residual.vertex_joint'] = nearest_joints(
            model.body_model, mean, weights.table_points.to(mean))
    load_weights(model, state)


def _check_mean_vertices(model: nn.Module, points: Tensor) -> None:
    """The mesh branch's vertices are vertices of the right mean mesh."""
    mean = model.shape_fitter.mean_vertices
    gap = distances(points.to(mean), mean).amin(1).max().item()
    if gap > _SAME_VERTEX:
        raise ValueError(
            'The release bends the skeleton of a mean mesh, and the one here '
            f'is another: a vertex that the weights name lies {gap:.4f} m '
            'from it. Give its file, base_data/smpl_mean_vertices.npy of the '
            'release: --cfg-options model.mean_vertices=FILE.')


def _body_notes(model: nn.Module, weights: dict[str, Tensor]) -> list[str]:
    """Whether the release's body is the one at hand."""
    notes = []
    for name, ours in (('v_template', 'v_template'),
                       ('J_regressor', 'j_regressor'), ('shapedirs',
                                                        'shapedirs')):
        theirs, own = weights.get(_BODY + name), getattr(
            model.body_model, ours)
        if theirs is None or theirs.shape != own.shape:
            continue
        gap = (theirs.to(own) - own).abs().max().item()
        if gap > _SAME_VERTEX:
            notes.append(
                f'WARNING: {name} of the body in IN differs by up to '
                f'{gap:.4f} from that of {model.body_model.body_model_id}; '
                'the weights were trained for the other one.')
    return notes
