# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import re

# PA-MPJPE of seeds: differences of 1, 1, 1 and of 0, 0, 4.
ROWS = {
    'image-only': (90, 100, 110),
    'whole-pose': (91, 101, 111),
    'separate-joint': (91, 101, 115)
}


def write_results(folder):
    for name, errors in ROWS.items():
        for seed, error in enumerate(errors):
            for test in ('whole', 'woven'):
                path = folder / name / f'seed{seed}' / f'{test}.json'
                path.parent.mkdir(parents=True, exist_ok=True)
                metrics = {
                    'joints3d/pa_mpjpe': error,
                    'joints3d/mpjpe': 2 * error,
                    'motion/accel_mm_per_frame2_30fps': 5 + seed
                }
                path.write_text(json.dumps(dict(metrics=metrics)))


def test_seeds_are_compared_in_pairs(run_tool, tmp_path):
    write_results(tmp_path)
    readme = tmp_path / 'README.md'
    readme.write_text('before\n<!-- table2 -->\nold\n<!-- /table2 -->\nafter')
    out = run_tool('token_table', '--report-only', '--work-dir', tmp_path,
                   '--readme', readme)
    assert out.returncode == 0, out.stderr
    lines = {
        cells[1].strip(): [cell.strip() for cell in cells[2:]]
        for cells in (line.split('|')
                      for line in readme.read_text().splitlines()
                      if line.startswith('|'))
    }
    assert lines['image only'][:3] == [
        '100.0 ± 10.0', '200.0 ± 20.0', '6.0 ± 1.0'
    ]
    # Outside the spread, and inside.
    assert lines['whole pose minus image only'][0] == '**+1.0 ± 0.0**'
    assert lines['separate joints minus whole pose'][0] == '+1.3 ± 2.3'
    text = readme.read_text()
    assert text.startswith('before') and text.endswith('after')
    assert not re.search('^old$', text, re.M)
