# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The fit finds again what errors were drawn from; pictures are written."""
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mmarts.datasets import DetectorNoise, FreeMotion
from mmarts.datasets.noise.detector_noise import KINDS

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture(scope='module')
def detector():
    sys.path.insert(0, str(TOOLS))
    try:
        from detector import fit, measure
        yield dict(fit=fit, measure=measure)
    finally:
        sys.path.remove(str(TOOLS))


def test_the_fit_finds_what_was_drawn(detector):
    data = FreeMotion('train', num_frames=48, noise=dict(type='DetectorNoise'))
    items = data.__getitems__(range(120))
    parts = [
        detector['measure'].exact_parts(data, item['data_samples'])
        for item in items
    ]
    stacked = {k: np.stack([part[k] for part in parts]) for k in parts[0]}
    found = np.stack([i['inputs']['keypoints2d'].numpy() for i in items])
    score = np.stack([i['inputs']['keypoints2d_score'].numpy() for i in items])
    found[(score == 0).all(-1)] = np.nan
    fitted = detector['fit'].fit(
        detector['measure'].Measurement(**stacked, found=found, score=score))
    true = DetectorNoise().numbers
    for kind in KINDS[:-2]:
        np.testing.assert_allclose(
            fitted['offsets'][kind], true['offsets'][kind], atol=0.006)
    counts = np.array(fitted['frames'])[:-2]
    ratio = np.array(fitted['spread'])[:-2] / np.array(true['spread'])[:-2]
    assert np.abs(np.log(ratio[counts > 1500])).max() < 0.25
    assert fitted['constant'] == pytest.approx(true['constant'], abs=0.12)
    assert fitted['correlation'] == pytest.approx(
        true['correlation'], abs=0.12)
    assert fitted['lost'] == pytest.approx(true['lost'], abs=0.015)


def test_a_few_pictures_from_the_command_line(tmp_path, call_tool):
    call_tool('measure_detector', '--tracks', '2', '--out-dir', tmp_path,
              '--json', tmp_path / 'noise.json')
    numbers = json.loads((tmp_path / 'noise.json').read_text())
    assert numbers['origin']['tracks'] == 2
    assert np.isfinite(numbers['spread']).all()
    assert (tmp_path / 'pictures.jpg').stat().st_size > 10000
    assert (tmp_path / 'detector_noise.png').is_file()
    DetectorNoise(file=str(tmp_path / 'noise.json'))
