# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import importlib
import importlib.util
import sys

import numpy as np
import pytest
from parity import check, fixture
from parity.check import METHODS, PARTS, SMALL_KIT
from parity.compare import Tolerance, compare, compare_file

MAX_SMALL_KIT_BYTES = 3_000_000


def rows_of(kit, method, part, computed):
    adapter = importlib.import_module(f'parity.{method}_adapter')
    return compare_file(kit / method / f'{part}.npz', part,
                        computed(method, part), adapter.tolerance_of(part),
                        getattr(adapter, 'is_note', None))


def files(kit):
    return [
        pytest.param(
            method,
            part,
            # A backward pass through 59 M parameters in float64.
            marks=[pytest.mark.slow] *
            ((method, part) == ('pointhmr', 'gradients')))
        for method in METHODS for part in PARTS
        if (kit / method / f'{part}.npz').is_file()
    ]


@pytest.mark.parametrize('method, part', files(SMALL_KIT))
def test_the_small_kit_passes(method, part, computed):
    rows = rows_of(SMALL_KIT, method, part, computed)
    assert rows and not [str(row) for row in rows if not row.passed]


@pytest.mark.parity
@pytest.mark.parametrize('method, part', [
    *(('arts', part) for part in ('forward', 'losses', 'eval')),
    *(('dsd', part) for part in ('forward', 'losses', 'eval', 'preproc')),
    ('int', 'losses'), ('int', 'eval'), ('pointhmr', 'losses'),
    ('pointhmr', 'eval'), ('pointhmr', 'data')
])
def test_every_key_of_the_whole_kit_passes(method, part, computed, shared):
    rows = rows_of(shared / 'parity', method, part, computed)
    assert rows and not [str(row) for row in rows if not row.passed]


# Minutes: seven networks of 77 M parameters on clips of up to 24 frames.
@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize('method, part', [('int', 'forward'),
                                          ('int', 'gradients'),
                                          ('pointhmr', 'forward'),
                                          ('pointhmr', 'forward_plain'),
                                          ('pointhmr', 'gradients')])
def test_large_networks_pass_too(method, part, shared):
    kit = shared / 'parity'
    rows = check.check(method, kit, {part: kit / method / f'{part}.npz'})
    assert rows and not [str(row) for row in rows if not row.passed]


@pytest.mark.parity
@pytest.mark.parametrize('seed', [0, 7])
def test_the_rule_is_that_of_the_kit(shared, seed):
    spec = importlib.util.spec_from_file_location(
        'kit_fixture', shared / 'parity' / 'fixture.py')
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)
    for key, shape in (('a.weight', (5, )), ('a.bias', (5, )),
                       ('a.weight', (3, 4)), ('b.pos_embed', (1, 3, 4)),
                       ('b.temporal_pos_embed', (1, 3, 4)), ('c.gamma', (3, )),
                       ('d.running_var', (3, )), ('d.running_mean', (3, )),
                       ('d.num_batches_tracked', ()), ('e.weight', (3, 4, 2))):
        np.testing.assert_array_equal(
            fixture.fill(key, shape, seed), theirs.fill(key, shape, seed))
    np.testing.assert_array_equal(
        fixture.inputs('x', (3, 2), seed), theirs.inputs('x', (3, 2), seed))
    ours, wanted = fixture.body(seed), theirs.body(seed)
    assert ours.keys() == wanted.keys()
    for key in ours:
        np.testing.assert_array_equal(ours[key], wanted[key])


def test_the_small_kit_is_small():
    size = sum(p.stat().st_size for p in SMALL_KIT.rglob('*') if p.is_file())
    assert size <= MAX_SMALL_KIT_BYTES


REFERENCE = np.array([[1., -4.], [0.5, 2.]])


@pytest.mark.parametrize('ours, tolerance, passes', [
    (REFERENCE, Tolerance(0), True),
    (REFERENCE + 1e-4, Tolerance(2e-4), True),
    (REFERENCE + 3e-4, Tolerance(2e-4), False),
    (REFERENCE + 3e-4, Tolerance(1e-4, relative=True), True),
    (REFERENCE + 1e-9, Tolerance(0), False),
    (np.where(REFERENCE > 1, np.nan, REFERENCE), Tolerance(1e3), False),
    (REFERENCE[0], Tolerance(1e3), False),
    (None, Tolerance(1e3), False),
])
def test_what_passes(ours, tolerance, passes):
    assert compare('key', REFERENCE, ours, tolerance).passed is passes


def run_main(monkeypatch, capsys, *args):
    monkeypatch.setattr(sys, 'argv', ['check.py', *map(str, args)])
    code = check.main()
    return code, capsys.readouterr().out.splitlines()


@pytest.fixture
def losses_only(computed, monkeypatch):
    """The command with our side at hand."""
    adapter = importlib.import_module('parity.arts_adapter')
    # Before the patch: what is not computed yet calls the same function.
    losses = computed('arts', 'losses')
    monkeypatch.setattr(adapter, 'compute_losses', lambda *args: losses)


def test_the_command_counts_what_it_compares(losses_only, monkeypatch, capsys):
    path = SMALL_KIT / 'arts' / 'losses.npz'
    code, lines = run_main(monkeypatch, capsys, 'arts', '--losses', path)
    count = len(np.load(path).files)
    assert code == 0 and lines[-1].startswith('worst losses:')
    assert f'{count} of the {count} keys' in lines[-2]


@pytest.mark.parametrize('key, value, word', [
    ('EdgeLengthLoss', np.float32(0.0242), 'rel'),
    ('a_new_term', np.float32(1), 'not compared'),
])
def test_the_command_fails_on_a_miss_and_on_a_key_it_does_not_know(
        losses_only, tmp_path, monkeypatch, capsys, key, value, word):
    with np.load(SMALL_KIT / 'arts' / 'losses.npz') as kit:
        np.savez(tmp_path / 'other.npz', **{**kit, key: value})
    code, lines = run_main(monkeypatch, capsys, 'arts', '--losses',
                           tmp_path / 'other.npz')
    assert code == 1 and '1 missed' in lines[-2]
    assert f'losses:{key}' in lines[-1] and word in lines[-1]


@pytest.mark.robustness
@pytest.mark.parametrize('args, words', [
    (('arts', '--kit', 'nowhere'), 'no kit of "arts"'),
    (('arts', '--losses', 'nowhere.npz'), 'nowhere.npz'),
    (('arts', '--seed', '3'), 'of seed 0'),
])
def test_what_is_missing_is_named(monkeypatch, capsys, args, words):
    with pytest.raises(SystemExit, match=words):
        run_main(monkeypatch, capsys, *args)
