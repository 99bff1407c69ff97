# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Compute the features of an annotation file's pictures, once for all.

OUT is the annotation file again, with `feat` (F, C): MeshDataset cuts its
windows from it, memory-mapped. Any part of any registered model may give the
features. What is done is skipped, so an interrupted call goes on where it
stopped. Several processes of torchrun, Slurm or MPI share the work; the last
one writes the file.
"""
import argparse
import os
import time
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope

from mmarts.engine.feature_extraction import extract_features
from mmarts.engine.launch import run_or_exit
from mmarts.utils.custom_imports import import_custom
from mmarts.utils.ranks import launched_rank


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/extract_features.py CONFIG data/h36m/train.mmarts '
        'data/h36m/train_feat.mmarts \\\n'
        '      --checkpoint CHECKPOINT --images data/h36m --module backbone\n'
        '  torchrun --nproc_per_node 8 tools/extract_features.py '
        'configs/_base_/models/spin_resnet50.py ANN OUT \\\n'
        '      --checkpoint data/spin/model_checkpoint.pt --jobs 1\n'
        '  ... --module net --method features --output 1 --crop-size 256 '
        '--margin 1.4')
    add = parser.add_argument
    add('config', help='config whose `model` gives the features')
    add('ann_file', metavar='ANN_FILE', help='.mmarts that names pictures')
    add('out', metavar='OUT', type=Path, help='.mmarts to write')
    add('--checkpoint', default='', help='weights of the model')
    add('--images',
        default='',
        metavar='DIR',
        help='folder of the pictures; that of ANN_FILE by default')
    add('--from-features',
        action='store_true',
        help="the model reads ANN_FILE's features, not its pictures")
    add('--module', default='', help='part of the model that is called')
    add('--method', default='forward', help='of that part')
    add('--output',
        default='',
        help='key or place of the feature, where there are several outputs')
    add('--crop-size', type=int, default=224, help='pixels')
    add('--margin',
        type=float,
        default=1.1,
        help="crop over the person's box (default: %(default)s)")
    add('--batch-size', type=int, default=32)
    add('--jobs',
        type=int,
        default=os.cpu_count(),
        help='processes (default: all cores)')
    add('--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='change the config')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if min(args.jobs, args.batch_size, args.crop_size) < 1:
        raise ValueError('--jobs, --batch-size and --crop-size start at 1.')
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'There is no config "{args.config}".')
    cfg = Config.fromfile(args.config, import_custom_modules=False)
    cfg.merge_from_dict(args.cfg_options)
    import_custom(cfg.get('custom_imports'), f'The config {args.config}')
    init_default_scope('mmarts')
    rank, world = launched_rank()
    began = time.perf_counter()
    done = extract_features(
        dict(
            model=cfg.model.to_dict(),
            checkpoint=args.checkpoint,
            module=args.module,
            method=args.method,
            output=args.output),
        dict(
            ann_file=args.ann_file,
            image_root=args.images or None,
            crop_size=args.crop_size,
            augment=dict(margin=[args.margin, args.margin]),
            **(dict(kept=True) if args.from_features else {})), args.out,
        args.batch_size, args.jobs, cfg.get('custom_imports'), rank, world)
    seconds = time.perf_counter() - began
    if done['waiting']:
        print(f'rank {rank} is done; {done["waiting"]} shards of {args.out} '
              'are left to the others')
        return
    print(f'{args.out} has {done["rows"]} features of {done["dim"]} numbers; '
          f'{done["computed"]} of this call in {seconds:.0f} s '
          f'({done["computed"] / seconds:.1f} pictures/s)')


if __name__ == '__main__':
    run_or_exit(main)
