# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Ablations: what is shared is shared exactly, and tables say what is."""
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmarts.compat.safe_load import load_checkpoint
from mmarts.utils import config_path

TOOLS = Path(__file__).parents[2] / 'tools'
GRU = 'arts/ablations/table4/arts-tiny_fusion-gru_freemotion.py'
NOISE = 'arts/ablations/table4/arts-tiny_ik-temporal_noise-10_freemotion.py'
MPJPE = 'joints3d/mpjpe'


@pytest.fixture(scope='module')
def ablation():
    """The modules of ``tools/ablation`` as tools/ablate.py finds them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOLS))
        names = ('configs', 'queue', 'report', 'runs', 'tables')
        modules = {n: importlib.import_module(f'ablation.{n}') for n in names}
        yield type('Ablation', (), modules)


@pytest.fixture(scope='module')
def options(ablation, tmp_path_factory):
    return ablation.configs.Options(
        8, '', str(tmp_path_factory.mktemp('runs')), {
            'train_dataloader.batch_size': 2,
            'val_dataloader.dataset.min_frames': 200,
            'val_dataloader.dataset.stride': 200,
            'test_dataloader.dataset.views': 1,
            'test_dataloader.dataset.min_frames': 140,
            'test_dataloader.dataset.stride': 200,
            'model.feature.hidden_dim': 32,
        })


@pytest.fixture(scope='module')
def done(ablation, options):
    """A row trained from a shared first stage, and one that tests it."""
    full = ablation.tables.FULL
    from mmengine.registry import init_default_scope
    init_default_scope('mmarts')
    ablation.runs.train_stage_one(GRU, 0, options)
    ablation.runs.train_row(full, 0, options)
    ablation.runs.test_row(NOISE, 0, options, full)
    return full


def test_rows_end_as_if_they_had_trained_both_stages(ablation, options, done):
    """Bit for bit, from a first stage that another row has trained."""
    cfg = ablation.configs.row_config(done, 0, options)
    cfg.work_dir = f'{options.work_dir}/whole'
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    ablation.runs._train(cfg)
    ours = ablation.runs.read_result(done, 0, options)
    states = [
        load_checkpoint(path)['state_dict']
        for path in (ours['checkpoint'], f'{cfg.work_dir}/iter_8.pth')
    ]
    assert states[0].keys() == states[1].keys()
    for key, value in states[0].items():
        assert torch.equal(value, states[1][key]), key


def test_a_result_says_how_it_was_made(ablation, options, done):
    result = ablation.runs.read_result(done, 0, options)
    assert result['iters'] == 8 and result['seed'] == 0
    assert result['metrics']['shape/pve_t'] > 0
    steps = [step for step, _ in result['validation'][MPJPE]]
    assert steps[-1] == 8 and len(steps) > 1
    noisy = ablation.runs.read_result(NOISE, 0, options)
    assert noisy['checkpoint'] == result['checkpoint']
    assert noisy['metrics'][MPJPE] != result['metrics'][MPJPE]


def test_only_what_is_missing_is_planned(ablation, options, done):
    table = ablation.tables.TABLES['table4']
    jobs = ablation.queue.plan([table], 1, options)
    planned = [(job.kind, job.folder.parent.name) for job in jobs]
    names = [name for _, name in planned]
    assert len(set(planned)) == len(planned)
    assert Path(done).stem not in names and Path(NOISE).stem not in names
    assert not any(kind == 'stage one' for kind, _ in planned)
    assert ('baseline', 'mlp-beside_arts-tiny_freemotion') in planned
    # Tests of the frame-wise IK wait for its training.
    tests = [job for job in jobs if 'ik-frame_noise' in job.folder.parent.name]
    trained = {job.folder for job in jobs if job.kind == 'row'}
    assert [job.kind for job in tests] == ['test', 'test']
    assert all(job.needs and set(job.needs) <= trained for job in tests)


def test_another_schedule_is_another_result(ablation, options, done):
    longer = ablation.configs.Options(**dict(options.as_dict(), max_iters=9))
    assert ablation.runs.is_done(done, 0, options, None)
    assert not ablation.runs.is_done(done, 0, longer, None)
    assert ablation.runs.is_done(NOISE, 0, options, done)
    assert not ablation.runs.is_done(NOISE, 0, longer, done)


def test_other_errors_are_tested_on_the_same_weights(ablation, options, done):
    drawn = replace(options, errors='drawn')
    runs, exact = ablation.runs, ablation.runs.read_result(done, 0, options)
    written = Path(exact['checkpoint']).stat().st_mtime_ns
    assert not runs.is_done(done, 0, drawn, None)
    runs.train_row(done, 0, drawn)
    noisy = runs.read_result(done, 0, drawn)
    for key in ('checkpoint', 'iters', 'stage_one', 'validation'):
        assert noisy[key] == exact[key]
    assert noisy['metrics'][MPJPE] != exact['metrics'][MPJPE]
    assert Path(exact['checkpoint']).stat().st_mtime_ns == written
    assert runs.is_done(done, 0, drawn, None)
    assert runs.read_result(done, 0, options) == exact


def test_rows_with_errors_of_their_own_keep_them(ablation, options):
    name = 'arts/ablations/table5/arts-tiny_2d-sh_freemotion.py'
    own, other = (
        ablation.configs.row_config(name, 0, replace(options, errors=errors))
        for errors in ('none', 'measured'))
    assert own.test_dataloader == other.test_dataloader
    assert own.test_dataloader.dataset.noise


def test_stages_are_shared_where_they_are_the_same(ablation, options):

    def first(name):
        return ablation.runs.stage_one_dir(name, 0, options)

    tables = ablation.tables.TABLES
    for name in ('table3', 'table4'):
        assert len({first(row.config) for row in tables[name].rows}) == 1
    for name, count in (('table5', 4), ('figure4', 5)):
        assert len({first(row.config) for row in tables[name].rows}) == count


def test_all_configs_of_the_tables_are_there(ablation):
    for table in ablation.tables.TABLES.values():
        configs = [row.config for row in table.rows]
        assert table.full in configs
        for row in table.rows:
            assert config_path(row.config).is_file()
            assert row.weights is None or row.weights in configs
            assert row.versus is None or row.versus in configs


def fake_results(ablation,
                 monkeypatch,
                 values,
                 steps=None,
                 drift=0.01,
                 more=()):
    """``values``: config -> one MPJPE a seed."""

    def read(config, seed, options):
        if config not in values:
            return {}
        value = values[config][seed]
        metrics = {key: value for key in ablation.tables.COLUMNS}
        curve = [[90, value * (1 + drift)], [100, value]]
        return dict(
            metrics=metrics,
            iters=(steps or {}).get(config, 100),
            protocols=[dict(metric='JointError', frames_scored=7)],
            validation={key: curve
                        for key in ablation.report.SETTLING})

    for name in ('is_done', 'is_baseline_done'):
        monkeypatch.setattr(ablation.report, name, lambda *args: True)
    monkeypatch.setattr(ablation.report, 'read_result', read)
    tables = ablation.tables
    table = tables.Table(
        'T',
        (tables.Row('a', 'a.py',
                    (1., 2., 3., 4.)), tables.Row('full', 'full.py'), *more),
        'full.py')
    seeds = max(map(len, values.values()))
    return ablation.report.Results(table, seeds, ablation.configs.Options())


MLP = 'mlp-beside_full.py'


def test_differences_are_paired_by_seed(ablation, monkeypatch):
    """Seeds differ by 20, rows by 1 under each: that is no noise."""
    results = fake_results(ablation, monkeypatch, {
        'a.py': [51., 71.2],
        'full.py': [50., 70.],
        MLP: [60., 80.]
    })
    text = ablation.report.table_markdown(results)
    assert '| a | **+1.1 ± 0.1** |' in text
    assert '| 61.1 ± 14.3 | 1.0 |' in text and ' † |' not in text
    assert 'The full model beats the MLP' in text


def test_a_table_of_ours_has_no_columns_of_the_paper(ablation, monkeypatch):
    results = fake_results(ablation, monkeypatch, {
        'full.py': [50.],
        MLP: [60.]
    })
    assert '| paper |' in ablation.report.table_markdown(results)
    results.table = replace(results.table, paper_data='')
    text = ablation.report.table_markdown(results)
    assert 'paper' not in text.lower() and '| full | 50.0 | 50.0 |' in text


@pytest.mark.parametrize('paper, told',
                         [((2., 0., 0., 0.), ' (paper: +100.0 %)'), ((), '')])
def test_growth_by_disturbance_is_told(ablation, monkeypatch, paper, told):
    results = fake_results(
        ablation,
        monkeypatch, {
            'a.py': [50., 50.],
            'b.py': [55., 55.],
            'full.py': [50., 50.],
            MLP: [60., 60.]
        },
        more=[ablation.tables.Row('b', 'b.py', paper, weights='a.py')])
    lines = ablation.report.table_markdown(results).splitlines()
    assert f'- b: MPJPE +10.0 ± 0.0 %{told}' in lines


@pytest.mark.parametrize('drift, marked', [(0.019, False), (0.021, True),
                                           (-0.03, True)])
def test_rows_that_still_move_are_marked(ablation, monkeypatch, drift, marked):
    results = fake_results(
        ablation, monkeypatch, {'full.py': [50.]}, drift=drift)
    text = ablation.report.table_markdown(results)
    assert ('full †' in text) == marked
    assert '0 of 1 seeds done' in text and 'no row counts yet' in text


def test_a_model_that_loses_to_the_mlp_counts_for_nothing(
        ablation, monkeypatch):
    results = fake_results(ablation, monkeypatch, {
        'full.py': [50.],
        MLP: [49.]
    })
    assert 'does NOT beat' in ablation.report.table_markdown(results)


@pytest.mark.robustness
def test_rows_of_different_steps_are_refused(ablation, monkeypatch):
    with pytest.raises(ValueError, match='different numbers of steps'):
        fake_results(
            ablation,
            monkeypatch, {
                'a.py': [1.],
                'full.py': [1.]
            },
            steps={'a.py': 99})


def test_the_text_stands_between_its_marks(ablation, tmp_path):
    readme = tmp_path / 'README.md'
    readme.write_text('# A\n\n<!-- t -->\nold\n<!-- /t -->\n\nafter\n')
    for text in ('new', 'newer'):
        ablation.report.write_between_marks(readme, 't', text)
        ablation.report.write_between_marks(readme, 'u', text)
    content = readme.read_text()
    assert content.startswith('# A\n\n<!-- t -->\nnewer\n<!-- /t -->\n\nafter')
    assert content.count('newer') == 2 and 'old' not in content


@pytest.mark.robustness
def test_a_run_that_fails_stops_those_that_need_it(ablation, tmp_path,
                                                   monkeypatch):
    """The others are run, and every line says which and where."""
    script = tmp_path / 'job.py'
    script.write_text('import json, sys, pathlib\n'
                      'job = json.loads(sys.argv[2])\n'
                      'if job["seed"] == 1: sys.exit(3)\n'
                      'pathlib.Path(job["folder"]).mkdir()\n')
    monkeypatch.setattr(sys, 'argv', [str(script)])
    job, folder = ablation.queue.Job, tmp_path / 'a' / 'seed'
    jobs = []
    for seed in (0, 1):
        first, second = (tmp_path / f'{n}{seed}' / 's' for n in 'ab')
        jobs += [
            job('row', 'b.py', seed, second, [first]),
            job('row', 'a.py', seed, first)
        ]
    problems = ablation.queue.run_all(jobs, 2, ablation.configs.Options())
    assert (tmp_path / 'a0/s').is_dir() and (tmp_path / 'b0/s').is_dir()
    assert not (tmp_path / 'b1/s').exists() and not folder.exists()
    assert len(problems) == 2
    assert 'code 3' in problems[0] and 'a1' in problems[0]
    assert 'needs a run that failed' in problems[1]


def test_help_teaches(call_tool):
    out = call_tool('ablate', '--help')
    assert out.returncode == 0 and '--seeds 3 --jobs 2' in out.stdout


def test_a_job_is_plain_text(ablation, options):
    """What is handed to another process comes back as it was."""
    content = json.loads(json.dumps(options.as_dict()))
    assert ablation.configs.Options(**content) == options
