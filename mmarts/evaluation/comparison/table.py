# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Metrics as cells of a table."""
import numpy as np

# Name of a metric, or how it begins -> title of its column.
COLUMNS = (('joints3d/pa_mpjpe', 'PA-MPJPE'), ('joints3d/mpjpe', 'MPJPE'),
           ('vertices/mpvpe', 'MPVPE'), ('motion/accel', 'Accel'))


def cell(metrics: dict, key: str) -> str:
    """The value whose name starts with ``key``; Accel per frame."""
    found = [
        v for k, v in metrics.items()
        if k.startswith(key) and '_per_s2' not in k
    ]
    return f'{found[0]:.1f}' if found else '-'


def spread(values: np.ndarray, form: str = '{:.1f}') -> str:
    """Mean and deviation of the sample of ``(seeds,)``; one seed: itself."""
    text = form.format(values.mean())
    return f'{text} ± {values.std(ddof=1):.1f}' if len(values) > 1 else text


def signed(differences: np.ndarray) -> str:
    """The same of differences ``(seeds,)``, with their sign.

    Bold where the mean exceeds the deviation.
    """
    text = spread(differences, '{:+.1f}')
    exceeds = (
        len(differences) > 1
        and abs(differences.mean()) > differences.std(ddof=1))
    return f'**{text}**' if exceeds else text
