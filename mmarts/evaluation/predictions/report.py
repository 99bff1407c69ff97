# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What is told of a score, and the bodies that it needs."""
import math
from typing import Any, Optional, Sequence

from ..body_set import BodySet
from ..protocol import Protocol
from .scoring import Score
from .track_data import TrackData

# Joint set -> the usual name of its regressor's file.
_REGRESSORS = dict(
    h36m17='J_regressor_h36m.npy',
    coco19='J_regressor_coco19.npy',
    lsp14='J_regressor_lsp.npy',
    extra9='J_regressor_extra.npy')
_PERCENT = ('pck', 'auc')


def scoring_bodies(body: Optional[str],
                   truth: Sequence[TrackData]) -> Optional[BodySet]:
    """Bodies for a score.

    Args:
        body: ``'free'``, a file of SMPL, or None for no body.
        truth: Ground truth; where its rows name a gender, the official male
            and female bodies are taken for its parameters.

    Raises:
        FileNotFoundError: Naming a file that is not there.
    """
    if body is None:
        return None
    if body == 'free':
        return BodySet(dict(type='FreeBody'))
    regressors = {k: f for k, f in _REGRESSORS.items() if _is_there(f)}
    genders = {t.texts.get('gender')
               for t in truth if 'betas' in t.arrays} & {'male', 'female'}
    return BodySet(
        dict(type='SMPL', model_path=body, regressors=regressors), {
            gender: dict(type='SMPL', gender=gender, regressors=regressors)
            for gender in sorted(genders)
        })


def coverage(result: Score) -> str:
    """How many frames were measured, in a sentence."""
    text = (f'{result.predicted} of {result.labelled} labelled frames that '
            'count are predicted')
    if result.missing:
        track, count = max(result.missing.items(), key=lambda item: item[1])
        text += (f'; {len(result.missing)} tracks lack some, {track} '
                 f'{count}: NOT comparable with results on all of them')
    if result.extra:
        text += (f'; {len(result.extra)} predicted tracks are not in the '
                 f'ground truth ({result.extra[0]} ...)')
    broken = [k for k, v in result.values.items() if math.isnan(v)]
    if broken:
        text += f'; NaN in {", ".join(broken[:3])}: predictions hold NaN'
    return text + '.'


def rows(result: Score) -> list[tuple[str, str, str]]:
    """Metric, value and unit as text."""
    table = []
    for name, value in result.values.items():
        plain = name.split('/')[0]
        percent = plain in _PERCENT
        unit = '%' if percent else 'mm'
        if plain.startswith('accel'):
            rate = plain.rpartition('_')[2].removesuffix('fps')
            per = 'frame^2' if '_per_frame2' in plain else 's^2'
            unit = f'mm/{per}, {rate} frames a second'
            name = name.replace(plain, 'accel')
        table.append((name, f'{value:.2f}', unit))
    return table


def result_content(result: Score, protocol: Protocol) -> dict[str, Any]:
    """Plain data for a result file."""
    from mmarts.version import __version__
    return dict(
        metrics=result.values,
        protocol=protocol.describe(),
        labelled=result.labelled,
        predicted=result.predicted,
        missing=result.missing,
        extra=result.extra,
        skipped=result.skipped,
        protocols=result.protocols,
        version=__version__)


def _is_there(file: str) -> bool:
    from mmarts.body_models.model_paths import find_array_file
    try:
        find_array_file(file)
    except FileNotFoundError:
        return False
    return True
