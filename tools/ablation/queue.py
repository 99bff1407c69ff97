# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Runs in processes of their own, each after those it needs."""
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .configs import Options, row_config, second_stage
from .runs import (baseline_name, is_baseline_done, is_done, row_dir,
                   stage_one_dir, test_row, train_baseline, train_row,
                   train_stage_one)
from .tables import Row, Table

POLL_SECONDS = 0.5


@dataclass
class Job:
    """One process.

    Args:
        kind: ``'stage one'``, ``'row'``, ``'test'`` or ``'baseline'``.
        config: Below ``configs``; of a ``'baseline'`` that of the full model.
        seed: Of the run.
        folder: Where it writes.
        needs: Folders of jobs that must have ended well.
        weights: Of a ``'test'``: config of the training.
        steps: Iteration it ends at; 0 where that is not known.
    """

    kind: str
    config: str
    seed: int
    folder: Path
    needs: list[Path] = field(default_factory=list)
    weights: Optional[str] = None
    steps: int = 0

    def __str__(self) -> str:
        return f'{self.folder.parent.name}, seed {self.seed}'

    def run(self, options: Options) -> None:
        """Do the work, in this process."""
        if self.kind == 'test':
            test_row(self.config, self.seed, options, self.weights)
        elif self.kind == 'baseline':
            train_baseline(self.config, self.seed, options)
        else:
            do = train_stage_one if self.kind == 'stage one' else train_row
            do(self.config, self.seed, options)


def plan(tables: list[Table], seeds: int, options: Options) -> list[Job]:
    """What is still to be run for these tables.

    Seed by seed, so that there is something to look at early.
    """
    jobs: dict[Path, Job] = {}
    for seed in range(seeds):
        for table in tables:
            for row in table.rows:
                _add(jobs, row, seed, options)
            _add_baseline(jobs, table.full, seed, options)
    return list(jobs.values())


def run_all(jobs: list[Job], processes: int, options: Options) -> list[str]:
    """Run the jobs, so many at a time; what went wrong, a line each.

    On Ctrl-C the running ones are stopped; the next call goes on from their
    checkpoints.
    """
    waiting, running, problems = list(jobs), {}, []
    failed: set[Path] = set()
    with Progress(
            TextColumn('{task.description}'), BarColumn(),
            TextColumn('{task.completed:.0f}/{task.total}'),
            TimeElapsedColumn()) as progress:
        whole = progress.add_task('runs', total=len(jobs))
        try:
            while waiting or running:
                _start(waiting, running, processes, options, progress, failed)
                time.sleep(POLL_SECONDS)
                for process in list(running):
                    job, bar = running[process]
                    if process.poll() is None:
                        progress.update(bar, completed=_step(job.folder))
                        continue
                    del running[process]
                    progress.remove_task(bar)
                    progress.advance(whole)
                    if process.returncode:
                        failed.add(job.folder)
                        problems.append(
                            f'{job} ended with code {process.returncode}: '
                            f'{_log(job)}')
                problems += _drop(waiting, failed)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()
    return problems


def run_from_text(text: str) -> None:
    """Do the job that :func:`run_all` described in JSON."""
    content = json.loads(text)
    options = Options(**content.pop('options'))
    content['folder'] = Path(content['folder'])
    Job(**content).run(options)


def _add(jobs: dict, row: Row, seed: int, options: Options) -> None:
    folder = row_dir(row.config, seed, options)
    if folder in jobs or is_done(row.config, seed, options, row.weights):
        return
    job = Job('row', row.config, seed, folder)
    if row.weights is not None:
        job.kind, job.weights = 'test', row.weights
        job.needs = [row_dir(row.weights, seed, options)]
        _add(jobs, Row('', row.weights), seed, options)
    else:
        cfg = row_config(row.config, seed, options)
        job.steps = cfg.train_cfg.max_iters
        if second_stage(cfg):
            first = stage_one_dir(row.config, seed, options)
            job.needs = [first]
            if first not in jobs and not (first / 'done.json').is_file():
                jobs[first] = Job(
                    'stage one',
                    row.config,
                    seed,
                    first,
                    steps=second_stage(cfg))
    jobs[folder] = job


def _add_baseline(jobs: dict, full: str, seed: int, options: Options) -> None:
    folder = row_dir(baseline_name(full), seed, options)
    if folder not in jobs and not is_baseline_done(full, seed, options):
        needs = [row_dir(full, seed, options)]
        jobs[folder] = Job('baseline', full, seed, folder, needs)


def _start(waiting: list[Job], running: dict, processes: int, options: Options,
           progress: Progress, failed: set) -> None:
    """Start what may start; a job waits for those that it needs."""
    for job in list(waiting):
        if len(running) >= processes:
            return
        unfinished = {j.folder for j in waiting}
        unfinished |= {j.folder for j, _ in running.values()} | failed
        if unfinished.isdisjoint(job.needs):
            waiting.remove(job)
            bar = progress.add_task(str(job), total=job.steps or None)
            running[_process(job, options)] = job, bar


def _drop(waiting: list[Job], failed: set) -> list[str]:
    """Take out what can no longer run, and say so."""
    lines = []
    for job in list(waiting):
        if not failed.isdisjoint(job.needs):
            waiting.remove(job)
            failed.add(job.folder)
            lines.append(f'{job} was not run: it needs a run that failed')
    return lines


def _process(job: Job, options: Options) -> subprocess.Popen:
    text = json.dumps(
        dict(
            vars(job),
            folder=str(job.folder),
            needs=[],
            options=options.as_dict()))
    job.folder.parent.mkdir(parents=True, exist_ok=True)
    with open(_log(job), 'a') as log:
        return subprocess.Popen([sys.executable, sys.argv[0], '--job', text],
                                stdout=log,
                                stderr=subprocess.STDOUT,
                                env=dict(os.environ, OMP_NUM_THREADS='1'))


def _log(job: Job) -> Path:
    """Beside the folder, which may yet be set aside."""
    return job.folder.with_suffix('.log')


def _step(folder: Path) -> int:
    """Iteration that a run has logged last."""
    logs = sorted(folder.glob('*/vis_data/scalars.json'))
    lines = logs[-1].read_text().splitlines() if logs else []
    for line in reversed(lines):
        try:
            return int(json.loads(line)['step'])
        except (ValueError, KeyError):
            continue  # half written
    return 0
