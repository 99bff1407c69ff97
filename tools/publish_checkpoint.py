# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Make a trained checkpoint small enough to ship.

Only the weights and what is needed to build the network are kept: no
optimiser, no history; numbers in half precision. The file is read as safely
as any other (tensors and plain data), and its SHA-256 is printed.
"""
import argparse
import hashlib
from pathlib import Path

import torch

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.launch import run_or_exit
from mmarts.utils.files import whole_file

MB = 1e6


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n  python tools/publish_checkpoint.py '
        'work_dirs/tiny/iter_18000.pth mmarts/assets/arts-tiny_freemotion.pth')
    parser.add_argument('checkpoint', help='a file written by tools/train.py')
    parser.add_argument('out', type=Path, help='file to write')
    parser.add_argument(
        '--max-mb',
        type=float,
        default=6.,
        help='refuse to write a larger file (default: %(default)s)')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    small = publishable(load_checkpoint(args.checkpoint))
    with whole_file(args.out) as temporary:
        torch.save(small, temporary)
        size = temporary.stat().st_size / MB
        if size > args.max_mb:
            raise ValueError(f'The weights take {size:.1f} MB, more than '
                             f'--max-mb {args.max_mb:g}.')
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    count = sum(v.numel() for v in small['state_dict'].values())
    print(f'{args.out}: {count:,} numbers, {size:.2f} MB, SHA-256 {digest}')


def publishable(checkpoint: dict) -> dict:
    """Weights in half precision and the meta data of mmarts alone."""
    weights = {
        name: value.half() if value.is_floating_point() else value
        for name, value in checkpoint['state_dict'].items()
    }
    return dict(
        state_dict={
            k: v.clone().contiguous()
            for k, v in weights.items()
        },
        meta=dict(mmarts=checkpoint['meta']['mmarts']))


if __name__ == '__main__':
    run_or_exit(main)
