# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Measure what a model must beat, and print all in one table.

Three baselines on the config's own test data: the Procrustes mean of the
training poses, the training pose with the nearest 2D keypoints, and a
single-frame MLP that is trained for as long as the model was.
"""
import argparse
import json
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import track
from rich.table import Table

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.launch import (add_common_arguments, build_runner,
                                  load_config, run_or_exit)
from mmarts.evaluation.comparison.baselines import NearestPose, ProcrustesMean
from mmarts.evaluation.comparison.table import COLUMNS, cell
from mmarts.registry import BODY_MODELS, DATASETS, MODELS
from mmarts.utils import config_path
from mmarts.utils.files import write_json

MLP_CONFIG = 'baselines/mlp_freemotion.py'


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_arguments(parser)
    parser.add_argument(
        '--checkpoint',
        help='the model to compare with; the one that --result names by '
        'default. Its training time is what the MLP gets')
    parser.add_argument(
        '--result',
        help='JSON of tools/test.py --out for that model; WORK_DIR/test.json '
        'by default')
    parser.add_argument(
        '--seconds', type=float, help='training time of the MLP instead')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    init_default_scope('mmarts')
    work_dir = Path(cfg.work_dir)
    result = json.loads(
        Path(args.result or work_dir / 'test.json').read_text())
    checkpoint = args.checkpoint or result['checkpoint']
    seconds = args.seconds or load_checkpoint(
        checkpoint)['meta']['mmarts']['train_seconds']
    rows = measure_free_baselines(cfg)
    rows[f'single-frame MLP, {seconds:.0f} s'] = train_mlp(
        cfg, seconds, work_dir / 'mlp')
    rows[f'this model, {Path(args.config).stem}'] = result['metrics']
    print_table(rows, result['protocols'])
    write_json(work_dir / 'baselines.json',
               dict(rows=rows, protocols=result['protocols']))
    print(f'wrote {work_dir / "baselines.json"}')


def measure_free_baselines(cfg: Config) -> dict[str, dict]:
    """Metrics of the two baselines that are not trained."""
    train = DATASETS.build(cfg.train_dataloader.dataset)
    body = BODY_MODELS.build(cfg.model.body_model)
    preprocess = MODELS.build(dict(type='WindowPreprocessor'))
    rows = {}
    with torch.no_grad():
        for name, predict in (('mean training pose',
                               ProcrustesMean(train, body)),
                              ('nearest training pose',
                               NearestPose(train, cfg.model.normalizer))):
            loader = Runner.build_dataloader(cfg.test_dataloader, seed=0)
            # The mean is a mesh and has no betas.
            evaluator = Evaluator([
                metric for metric in cfg.test_evaluator
                if metric['type'] != 'ShapeError'
                or not isinstance(predict, ProcrustesMean)
            ])
            for batch in track(loader, description=name):
                batch = preprocess(batch)
                evaluator.process(
                    predict(batch['inputs'], batch['data_samples']))
            rows[name] = evaluator.evaluate(len(loader.dataset))
    return rows


def train_mlp(cfg: Config, seconds: float, work_dir: Path) -> dict:
    """Train the MLP on the same data for so long; its test metrics."""
    runner = build_runner(mlp_config(cfg, seconds, work_dir))
    runner.train()
    runner.save_checkpoint(str(runner.work_dir), 'last.pth')
    return {k: float(v) for k, v in runner.test().items()}


def mlp_config(cfg: Config, seconds: float, work_dir: Path) -> Config:
    """The MLP on another config's data, trained for so many seconds."""
    mlp = Config.fromfile(config_path(MLP_CONFIG))
    for key in ('train_dataloader', 'test_dataloader', 'test_evaluator',
                'env_cfg', 'randomness'):
        mlp[key] = cfg[key]
    mlp.work_dir = str(work_dir)
    # The time decides, not the number of steps; the hook decays the rate.
    mlp.train_cfg.max_iters = mlp.train_cfg.val_interval = 10**9
    mlp.param_scheduler = None
    mlp.custom_hooks = [dict(type='TimeBudgetHook', seconds=seconds)]
    mlp.default_hooks.checkpoint.interval = 10**9
    return mlp


def print_table(rows: dict[str, dict], protocols: list[dict]) -> None:
    """Show every row, millimetres, and how they were measured."""
    table = Table(title='test, mm (Accel: mm/frame^2)')
    table.add_column('')
    for _, title in COLUMNS:
        table.add_column(title, justify='right')
    for name, metrics in rows.items():
        table.add_row(name, *(cell(metrics, key) for key, _ in COLUMNS))
    console = Console(width=100)
    console.print(table)
    for protocol in protocols:
        console.print(
            ', '.join(f'{k}: {v}' for k, v in protocol.items()), style='dim')


if __name__ == '__main__':
    run_or_exit(main)
