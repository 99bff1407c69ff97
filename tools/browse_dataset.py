# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Draw samples of a dataset: what the network gets and should give.

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
from mmarts.datasets import MeshDataset
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
        'test --number 40 --out pictures\n'
        '  python tools/browse_dataset.py data/coco/val2017.mmarts --images '
        'coco\n\n'
        'What to look for: green dots on the joints of the skeleton (2D and '
        '3D agree), red on the\nperson\'s left, a body that stands upright '
        'and lies under its skeleton in both views.')
    parser.add_argument(
        'config', help='config file, or an annotation file (.mmarts, .npz)')
    parser.add_argument(
        '--images',
        default='',
        metavar='DIR',
        help='folder of the pictures that the samples are of; frames are '
        'grey without')
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
    init_default_scope('mmarts')
    if Path(args.config).suffix in ('.mmarts', '.npz'):
        dataset = MeshDataset(args.config, num_frames=1)
        body, words = find_body(dataset), 'frames'
    else:
        cfg = Config.fromfile(args.config)
        cfg.merge_from_dict(args.cfg_options)
        dataset, words = build_dataset(cfg, args.split), args.split
        body = build_body(cfg.model.body_model)
    count = min(args.number, len(dataset))
    indices = sorted(
        random.Random(args.seed).sample(range(len(dataset)), count))
    drawer = SampleDrawer(body, args.panel_size, args.renderer, args.images)
    rows, page, written = [], args.rows * 2, []
    for position, index in enumerate(
            track(indices, description=f'{words} samples'), 1):
        item = dataset[index]
        rows.append(drawer.draw(item['inputs'], item['data_samples']))
        if len(rows) == page or position == count:
            name = f'{Path(args.config).stem}_{words}_{len(written)}.png'
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


def find_body(dataset: MeshDataset) -> Optional[BodyModel]:
    """The body that a file's parameters belong to, if it is at hand."""
    wanted = str(dataset.arrays.get('body_model_id', ''))
    for config in (dict(type='FreeBody'), dict(type='SMPL')) if wanted else ():
        body = build_body(config)
        if body is not None and body.body_model_id == wanted:
            return body
    return None


def build_body(config: dict) -> Optional[BodyModel]:
    """The body; None, and a note, where its file is not there."""
    try:
        return BODY_MODELS.build(config).eval()
    except FileNotFoundError as error:
        print(f'Drawing without meshes. {error}')
        return None


if __name__ == '__main__':
    run_or_exit(main)
