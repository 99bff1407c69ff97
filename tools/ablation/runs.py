# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One run: a shared first stage, or a row's own training and its test."""
import json
from pathlib import Path
from typing import Callable, Optional

from baselines import mlp_config
from mmengine.config import Config
from mmengine.runner import Runner, find_latest_checkpoint

from mmarts.engine.hooks import CheckpointMetaHook
from mmarts.engine.launch import build_runner
from mmarts.engine.run_log import TEST_SUFFIX, read_run
from mmarts.utils.files import write_json
from mmarts.version import __version__
from .configs import (Options, config_hash, row_config, second_stage,
                      stage_one_hash, training_hash, validate_at_the_end)

# A baseline is trained by the clock: it must not end by steps.
ENDLESS, SAVE_EVERY = 10**9, 500


def train_stage_one(config: str, seed: int, options: Options) -> None:
    """Train feature and lifter of all rows that have the same ones."""
    cfg = row_config(config, seed, options)
    cfg.work_dir = str(stage_one_dir(config, seed, options))
    cfg.train_cfg.max_iters = second_stage(cfg)
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint.interval = max(
        1, cfg.default_hooks.checkpoint.interval)
    runner = _train(cfg)
    write_json(
        Path(cfg.work_dir) / 'done.json',
        dict(
            checkpoint=find_latest_checkpoint(cfg.work_dir),
            iters=runner.iter,
            train_seconds=_seconds(runner)))


def train_row(config: str, seed: int, options: Options) -> None:
    """Train what a row has of its own, and test it.

    A row that has been trained is only tested.
    """
    cfg = row_config(config, seed, options)
    folder, digest = row_dir(config, seed, options), config_hash(cfg)
    _set_stale_aside(folder, training_hash(cfg))
    validate_at_the_end(cfg)
    cfg.work_dir, first = str(folder), {}
    if second_stage(cfg):
        first = _read(stage_one_dir(config, seed, options) / 'done.json')
        cfg.custom_hooks = list(cfg.custom_hooks) + [
            dict(
                type='StageOneHook',
                checkpoint=first['checkpoint'],
                begin=second_stage(cfg))
        ]
    runner = _train(cfg)
    _write_result(
        runner,
        config,
        seed,
        digest,
        options,
        iters=runner.iter,
        stage_one=first.get('checkpoint'),
        checkpoint=find_latest_checkpoint(cfg.work_dir),
        train_seconds=_seconds(runner) + first.get('train_seconds', 0.),
        validation={
            key: points.tolist()
            for key, points in read_run(folder).metrics.items()
            if not key.endswith(TEST_SUFFIX)
        })


def test_row(config: str, seed: int, options: Options, weights: str) -> None:
    """Test the weights of another row."""
    cfg = row_config(config, seed, options)
    digest = config_hash(cfg)
    trained = read_result(weights, seed, options)
    cfg.work_dir = str(row_dir(config, seed, options))
    cfg.load_from = trained['checkpoint']
    cfg.default_hooks.checkpoint_meta.strict = True
    runner = build_runner(cfg)
    kept = ('iters', 'stage_one', 'checkpoint', 'train_seconds', 'validation')
    _write_result(
        runner,
        config,
        seed,
        digest,
        options,
        trained_hash=trained['config_hash'],
        **{k: trained[k]
           for k in kept})


def train_baseline(full: str, seed: int, options: Options) -> None:
    """Train the MLP on a full model's data and for as long as that was."""
    seconds = read_result(full, seed, options)['train_seconds']
    cfg = _baseline_config(full, seed, options, seconds)
    digest = _baseline_hash(full, seed, options)
    _set_stale_aside(
        Path(cfg.work_dir), _baseline_hash(full, seed, options, training_hash))
    cfg.default_hooks.checkpoint.interval = SAVE_EVERY
    runner = _train(cfg)
    _write_result(
        runner,
        baseline_name(full),
        seed,
        digest,
        options,
        iters=runner.iter,
        train_seconds=_seconds(runner),
        validation={})


def is_done(config: str, seed: int, options: Options,
            weights: Optional[str]) -> bool:
    """Whether a row's result is there and is that of today's configs."""
    result = read_result(config, seed, options)
    if not result:
        return False
    if weights is not None:
        expected = config_hash(row_config(weights, seed, options))
        if result.get('trained_hash') != expected:
            return False
    return result['config_hash'] == config_hash(
        row_config(config, seed, options))


def is_baseline_done(full: str, seed: int, options: Options) -> bool:
    """The same of the MLP beside a full model."""
    result = read_result(baseline_name(full), seed, options)
    return bool(result) and result['config_hash'] == _baseline_hash(
        full, seed, options)


def baseline_name(full: str) -> str:
    """What the results of the MLP beside a full model are kept under."""
    return f'mlp-beside_{Path(full).name}'


def read_result(config: str, seed: int, options: Options) -> dict:
    """What a run of a row wrote, or an empty dict."""
    path = row_dir(config, seed, options) / result_file(options)
    return _read(path) if path.is_file() else {}


def result_file(options: Options) -> str:
    """Name of a result; each kind of test has its own."""
    return f'result_{options.errors}.json'


def row_dir(config: str, seed: int, options: Options) -> Path:
    """Folder of a row under one seed; tables share rows."""
    return Path(options.work_dir) / Path(config).stem / f'seed{seed}'


def stage_one_dir(config: str, seed: int, options: Options) -> Path:
    """Folder of the first stage that a row begins from."""
    digest = stage_one_hash(row_config(config, seed, options))
    return Path(options.work_dir) / f'stage-one_{digest}' / f'seed{seed}'


def _baseline_config(full: str, seed: int, options: Options,
                     seconds: float) -> Config:
    return mlp_config(
        row_config(full, seed, options), seconds,
        row_dir(baseline_name(full), seed, options))


def _baseline_hash(full: str,
                   seed: int,
                   options: Options,
                   digest: Callable[[Config], str] = config_hash) -> str:
    """The seconds are the full model's, and those follow from its config."""
    own = digest(_baseline_config(full, seed, options, 0.))
    return f'{own}-{digest(row_config(full, seed, options))}'


def _train(cfg: Config) -> Runner:
    """Train from where the work dir left off."""
    latest = find_latest_checkpoint(cfg.work_dir)
    if latest:
        cfg.resume, cfg.load_from = True, latest
    else:
        cfg.resume, cfg.load_from = False, None
    runner = build_runner(cfg)
    runner.train()
    return runner


def _seconds(runner: Runner) -> float:
    hook = next(h for h in runner.hooks if isinstance(h, CheckpointMetaHook))
    return hook.train_seconds()


def _write_result(runner: Runner, config: str, seed: int, digest: str,
                  options: Options, **content) -> None:
    metrics = runner.test()
    write_json(
        Path(runner.work_dir) / result_file(options),
        dict(
            config=config,
            seed=seed,
            config_hash=digest,
            metrics={
                k: float(v)
                for k, v in metrics.items()
            },
            protocols=[m.protocol for m in runner.test_evaluator.metrics],
            version=__version__,
            **content))


def _set_stale_aside(folder: Path, digest: str) -> None:
    """Keep what another version of the config left, out of the way."""
    note = folder / 'training_hash'
    if folder.is_dir():
        old = note.read_text() if note.is_file() else 'unknown'
        if old == digest:
            return
        folder.rename(folder.with_name(f'{folder.name}_{old}'))
    folder.mkdir(parents=True)
    note.write_text(digest)


def _read(path: Path) -> dict:
    return json.loads(path.read_text())
