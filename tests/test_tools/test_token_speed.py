# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import re

CONFIG = 'configs/int_hmr/int-tiny_phase3_freemotion.py'


def test_all_ways_compute_the_same(call_tool):
    out = call_tool('analysis/token_speed', '--config', CONFIG, '--frames', 4,
                    '--repeats', 1)
    assert out.returncode == 0, out.stderr
    rows = re.findall(r'^(\w+) .*outputs within (\S+),', out.stdout, re.M)
    assert [name for name, _ in rows] == ['plain', 'mmarts', 'overlapping']
    assert all(float(gap) < 1e-4 for _, gap in rows)
