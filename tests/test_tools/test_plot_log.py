# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A picture of the curves of real and written runs."""
import json

import cv2
import numpy as np
import pytest


def write_run(folder, slope, **metrics):
    path = folder / '20260101' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    lines = [
        dict(loss=slope * i + 1, lr=1 / i, time=.1, iter=i, step=i)
        for i in range(1, 40)
    ]
    path.write_text('\n'.join(
        json.dumps(r) for r in [*lines, dict(metrics, step=39)]))
    return folder


def colours(path):
    """RGB of the picture's saturated pixels, coarsely, and its size."""
    image = cv2.imread(str(path))[..., ::-1].astype(int)
    vivid = image[np.ptp(image, -1) > 120]
    return {tuple(c) for c in (vivid // 64).tolist()}, image.shape


BLUE, ORANGE = (0, 1, 2), (3, 1, 0)  # matplotlib's first two, by 64


def test_runs_lie_over_each_other_in_their_colours(tmp_path, call_tool):
    one = write_run(tmp_path / 'one', 1., mpjpe=60.)
    two = write_run(tmp_path / 'two', 2.)
    out = call_tool('analysis/plot_log', one)
    assert out.returncode == 0, out.stderr
    assert out.stdout.strip() == f'wrote {one}/curves.png: loss, lr, mpjpe'
    seen, small = colours(one / 'curves.png')
    assert BLUE in seen and ORANGE not in seen
    picture = tmp_path / 'new' / 'both.png'
    out = call_tool('analysis/plot_log', one, two, '--smooth', 5, '--log',
                    '--keys', 'l*', 'time', 'm*', '--names', 'a', 'b', '--out',
                    picture)
    assert out.stdout.strip().endswith('loss, lr, time, mpjpe')
    seen, large = colours(picture)
    assert {BLUE, ORANGE} <= seen
    assert large[0] > small[0]  # four panels need two rows
    assert [p.name for p in picture.parent.iterdir()] == ['both.png']


def test_a_real_run(trained, tmp_path, call_tool):
    out = call_tool('analysis/plot_log', trained, '--out', tmp_path / 'a.png')
    assert out.returncode == 0, out.stderr
    assert 'loss, loss_joint, loss_lift' in out.stdout
    assert BLUE in colours(tmp_path / 'a.png')[0]


@pytest.mark.robustness
def test_mistakes_are_one_clear_line(tmp_path, call_tool):
    one = write_run(tmp_path / 'one', 1.)
    for args, words in ((['--keys', 'nothing*'], "there are ['loss', 'lr'"),
                        (['--smooth', 0], '--smooth should be'),
                        (['--names', 'a', 'b'], '1 runs, but 2 names')):
        out = call_tool('analysis/plot_log', one, *args)
        assert out.returncode != 0 and 'Traceback' not in out.stderr
        assert out.stderr.startswith('error: ') and words in out.stderr
    assert not (one / 'curves.png').exists()
    out = call_tool('analysis/plot_log', '--help')
    assert out.returncode == 0 and 'examples:' in out.stdout
