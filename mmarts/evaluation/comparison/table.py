# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Metrics as cells of a table."""

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
