# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Released checkpoints of ARTS to checkpoints of this project."""
from torch import nn

from .models.mesh_residual import nearest_joints
from .weights import ConvertedWeights


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
        state['mesh_residual.vertex_joint'] = nearest_joints(
            model.body_model, model.shape_fitter.mean_vertices,
            weights.table_points.to(model.shape_fitter.mean_vertices))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        faults = ' '.join(' '.join(str(error).split()).split()[:60])
        raise ValueError(
            f'The weights do not fit the network: {faults}') from None
