# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Draw samples of a config's dataset: what the network gets and should give.

One row a sample, its middle frame: the whole picture with the box and the 2D
skeleton that the network sees; the box with that skeleton and the projected
joints3d (green); the body through the camera; the body from the side.
"""
import argparse
import random
from pathlib import Path
from typing import Optional

from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from rich.progress import track

from mmarts.body_models import BodyModel
from mmarts.engine.launch import run_or_exit
from mmarts.registry import BODY_MODELS, DATASETS
from mmarts.visualization import contact_sheet
from mmarts.visualization.overlay import write_image
from mmarts.visualization.sample_drawer import SampleDrawer


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/browse_dataset.py '
        'configs/arts/arts-tiny_freemotion.py\n'
        '  python tools/browse_dataset.py configs/arts/arts_3dpw.py --split '
        'test --number 40 --out pictures\n\n'
        'What to look for: green dots on the joints of the skeleton (2D and '
        '3D agree), red on the\nperson\'s left, a body that stands upright '
        'and lies under its skeleton in both views.')
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--split',
        choices=('train', 'val', 'test'),
        default='train',
        help='(default: %(default)s)')
    parser.add_argument(
        '--number',
        type=int,
        default=10,
        metavar='N',
        help='samples to draw, evenly random over the set (default: '
        '%(default)s)')
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('browse'),
        metavar='DIR',
        help='folder of the pictures (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='which samples')
    parser.add_argument(
        '--panel-size',
        type=int,
        default=256,
        help='side of a panel, pixels (default: %(default)s)')
    parser.add_argument(
        '--rows',
        type=int,
        default=5,
        help='samples below each other on a page, two beside each other '
        '(default: %(default)s)')
    parser.add_argument(
        '--renderer', choices=('auto', 'egl', 'software'), default='auto')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='change the config, e.g. train_dataloader.dataset.mirror=1')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if min(args.number, args.rows, args.panel_size) < 1:
        raise ValueError('--number, --rows and --panel-size start at 1.')
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'There is no config "{args.config}".')
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope('mmarts')
    dataset = build_dataset(cfg, args.split)
    count = min(args.number, len(dataset))
    indices = sorted(
        random.Random(args.seed).sample(range(len(dataset)), count))
    drawer = SampleDrawer(build_body(cfg), args.panel_size, args.renderer)
    rows, page, written = [], args.rows * 2, []
    for position, index in enumerate(
            track(indices, description=f'{args.split} samples'), 1):
        item = dataset[index]
        rows.append(drawer.draw(item['inputs'], item['data_samples']))
        if len(rows) == page or position == count:
            name = f'{Path(args.config).stem}_{args.split}_{len(written)}.png'
            written.append(
                write_image(args.out / name, contact_sheet(rows, columns=2)))
            rows.clear()
    drawer.close()
    print(f'{count} of {len(dataset)} samples: '
          f'{", ".join(map(str, written))}')


def build_dataset(cfg: Config, split: str):
    """The dataset of a split.

    Raises:
        KeyError: If the config has none for it.
    """
    key = f'{split}_dataloader'
    if cfg.get(key) is None:
        there = [
            s for s in ('train', 'val', 'test') if cfg.get(f'{s}_dataloader')
        ]
        raise KeyError(f'The config has no {key}; it has data for {there}.')
    return DATASETS.build(cfg[key].dataset)


def build_body(cfg: Config) -> Optional[BodyModel]:
    """The config's body; None, and a note, where its file is not there."""
    try:
        return BODY_MODELS.build(cfg.model.body_model).eval()
    except FileNotFoundError as error:
        print(f'Drawing without meshes. {error}')
        return None


if __name__ == '__main__':
    run_or_exit(main)
