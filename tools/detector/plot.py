# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The fitted numbers as a picture."""
from pathlib import Path

import matplotlib
import numpy as np

from mmarts.datasets.noise.detector_noise import KINDS, VIEWS

matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402  isort: skip

_BODY_MM = 1700


def plot(numbers: dict, path: Path) -> None:
    """Draw spread by view, spread by occlusion and median scores.

    Args:
        numbers: As in ``detector_noise.json``.
        path: PNG to write.
    """
    spread = np.array(numbers['spread']) * _BODY_MM
    score = np.array(numbers['score'])[..., score_middle(numbers)]
    figure, panels = plt.subplots(1, 3, figsize=(13, 3.2))
    _bars(panels[0], spread[:, :, 0].T, VIEWS)
    panels[0].set_title('spread of seen joints, mm on a body of 1.7 m')
    _bars(panels[1], spread.mean(1).T, ('seen', 'hidden'))
    panels[1].set_title('spread over all views, mm')
    _bars(panels[2], score.T, ('seen', 'hidden'))
    panels[2].set_title('median score')
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)


def score_middle(numbers: dict) -> int:
    """Index of the median among the quantiles."""
    return len(numbers['score'][0][0]) // 2


def _bars(panel, rows: np.ndarray, names: tuple) -> None:
    width = 0.8 / len(rows)
    for number, (row, name) in enumerate(zip(rows, names)):
        panel.bar(
            np.arange(len(KINDS)) + width * number, row, width, label=name)
    panel.set_xticks(np.arange(len(KINDS)) + 0.3, KINDS, rotation=60)
    # Room above the bars.
    panel.set_ylim(top=1.25 * rows.max())
    panel.legend(loc='upper center', ncols=len(names), fontsize='small')
