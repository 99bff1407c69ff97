# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The tables of ARTS (ACM MM 2024), the paper's numbers, and one of ours."""
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

FULL = 'arts/arts-tiny_freemotion.py'
# Metric -> title and decimals; the first four are the paper's columns.
COLUMNS = {
    'joints3d/mpjpe': 'MPJPE',
    'joints3d/pa_mpjpe': 'PA-MPJPE',
    'vertices/mpvpe': 'MPVPE',
    'motion/accel_mm_per_frame2_30fps': 'Accel',
    'shape/pve_t': 'PVE-T',
}


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Args:
        label: As it is printed.
        config: Below ``configs``.
        paper: MPJPE, PA-MPJPE, MPVPE, Accel; empty where it prints none.
        weights: Config of the training that this row only tests; its own
            when None.
        versus: Config that differences are taken to; that of the full model
            when None.
    """

    label: str
    config: str
    paper: tuple[float, ...] = ()
    weights: Optional[str] = None
    versus: Optional[str] = None

    @property
    def name(self) -> str:
        """Its folder below the work dir."""
        return Path(self.config).stem


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        title: As it is printed.
        rows: In order; one of them is ``full``.
        full: Config of the row that differences are taken to, and that the
            MLP is measured against, on its data and for its time.
        paper_data: What the paper trains and tests on; empty where it has no
            such table.
    """

    title: str
    rows: tuple[Row, ...]
    full: str = FULL
    paper_data: str = ('tested on 3DPW, trained on 3DPW, MPI-INF-3DHP and '
                       'Human3.6M')


def _row(folder: str,
         label: str,
         name: str,
         *paper: float,
         weights: Optional[str] = None,
         versus: Optional[str] = None) -> Row:
    """A row of ``arts/ablations``; the name '' is the full model."""

    def path(name):
        if not name:
            return name if name is None else FULL
        return f'arts/ablations/{folder}/arts-tiny_{name}_freemotion.py'

    return Row(label, path(name), paper, path(weights), path(versus))


TABLES = {
    'table3':
    Table('Table 3: parts of the regressor', (
        _row('table3', 'none', 'none', 72.2, 51.5, 87.8, 15.5),
        _row('table3', 'TIK', 'tik', 69.5, 47.6, 85.3, 10.6),
        _row('table3', 'MCR', 'mcr', 70.5, 48.9, 86.1, 6.7),
        _row('table3', 'BSF', 'bsf', 70.7, 48.3, 83.6, 15.2),
        _row('table3', 'TIK, BSF', 'tik-bsf', 68.9, 46.6, 82.3, 11.4),
        _row('table3', 'TIK, MCR', 'tik-mcr', 68.7, 46.9, 83.4, 6.6),
        _row('table3', 'MCR, BSF', 'mcr-bsf', 68.6, 47.1, 82.6, 6.7),
        _row('table3', 'TIK, MCR, BSF', '', 67.7, 46.5, 81.4, 6.5),
    )),
    'table4':
    Table('Table 4: inverse kinematics, shape fitting, fusion', (
        _row('table4', 'frame-wise IK', 'ik-frame', 68.3, 46.8, 82.1, 9.4),
        _row(
            'table4',
            'frame-wise IK, 2 % noise',
            'ik-frame_noise-02',
            *(71.1, 48.9, 85.4, 19.3),
            weights='ik-frame',
            versus='ik-temporal_noise-02'),
        _row(
            'table4',
            'frame-wise IK, 10 % noise',
            'ik-frame_noise-10',
            *(97.9, 67.2, 116.0, 57.2),
            weights='ik-frame',
            versus='ik-temporal_noise-10'),
        _row('table4', 'temporal IK', '', 67.7, 46.5, 81.4, 6.5),
        _row(
            'table4',
            'temporal IK, 2 % noise',
            'ik-temporal_noise-02',
            *(68.3, 46.8, 82.1, 7.2),
            weights=''),
        _row(
            'table4',
            'temporal IK, 10 % noise',
            'ik-temporal_noise-10',
            *(76.1, 52.5, 91.4, 26.9),
            weights=''),
        _row('table4', 'shape: analytics', 'shape-analytics', 69.5, 48.0, 83.2,
             6.5),
        _row('table4', 'shape: MLP', 'shape-mlp', 68.4, 46.9, 82.4, 6.6),
        _row('table4', 'shape: analytical MLP', '', 67.7, 46.5, 81.4, 6.5),
        _row('table4', 'fusion: GRU', 'fusion-gru', 68.8, 47.1, 82.9, 7.6),
        _row('table4', 'fusion: self-attention', 'fusion-sa', 68.9, 47.4, 82.4,
             7.7),
        _row('table4', 'fusion: motion cross-attention', '', 67.7, 46.5, 81.4,
             6.5),
    )),
    'table5':
    Table(
        'Table 5: the 2D detector', (
            _row('table5', 'stacked hourglass', '2d-sh', 54.6, 38.5, 63.3,
                 3.3),
            _row('table5', 'Detectron', '2d-detectron', 53.7, 38.1, 62.8, 3.2),
            _row('table5', 'CPN', '2d-cpn', 51.6, 36.6, 60.2, 3.1),
            _row('table5', 'ground truth', '2d-gt', 33.7, 24.8, 45.7, 2.0),
        ),
        full='arts/ablations/table5/arts-tiny_2d-cpn_freemotion.py',
        paper_data='Human3.6M'),
    'figure4':
    Table(
        'Figure 4: frames of a window',
        tuple(
            _row('figure4', f'T = {count}', f'frames-{count:02d}')
            for count in (4, 8, 16, 32, 64)),
        full='arts/ablations/figure4/arts-tiny_frames-16_freemotion.py'),
    'widening':
    Table(
        'What widens the training data', (
            _row('widening', 'everything', 'all'),
            _row('widening', 'no mirror images', 'no-mirror'),
            _row('widening', 'no limbs of other windows', 'no-splice'),
            _row('widening', 'no turned joints', 'no-turns'),
            _row('widening', 'no other speeds', 'no-speeds'),
            _row('widening', 'no sampled poses', 'no-sampled'),
            _row('widening', 'none of these five', 'no-variety'),
            _row('widening', 'independent 2D noise', 'plain-noise'),
            _row('widening', 'exact 2D keypoints', 'no-noise'),
        ),
        full='arts/ablations/widening/arts-tiny_all_freemotion.py',
        paper_data=''),
}
