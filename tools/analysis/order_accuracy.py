# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Does SATN know the order of shuffled frames (DSD-SATN, 3.3)?

Nine-frame clips of a config's test features are shuffled, and the place of
each frame is read from the order head. A clip counts in the direction in
which more frames are right, as the loss has it. Rows a checkpoint: the clips,
those of them that move least and most, the same clips with one frame repeated
nine times, in which only a leak of the answer could be seen, guessing, and
what the features hold without any training: frames along the shortest path
through all of a clip.
"""
import argparse
from typing import Optional

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table
from torch import Tensor

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.launch import run_or_exit
from mmarts.evaluation.mesh_metric import METRES_TO_MM
from mmarts.models.estimators import SATN
from mmarts.registry import DATASETS, MODELS


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/analysis/order_accuracy.py '
        'configs/dsd_satn/satn-blazepose_freemotion.py \\\n'
        '      work_dirs/satn-blazepose_freemotion/iter_1000.pth')
    parser.add_argument('config', help='config whose test features are cut')
    parser.add_argument(
        'checkpoints',
        nargs='+',
        help='.pth of SATN with an order head, written by tools/train.py')
    parser.add_argument(
        '--features', metavar='FILE', help='instead of those of the config')
    parser.add_argument(
        '--shuffles',
        type=int,
        default=8,
        help='of each clip (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the shuffles')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.shuffles < 1:
        raise ValueError('--shuffles starts at 1.')
    init_default_scope('mmarts')
    table = Table('checkpoint', 'frames', 'right, %', 'within one place, %',
                  'places off')
    for checkpoint in args.checkpoints:
        model = load_model(checkpoint)
        clips, pace = test_clips(args.config, model, args.features)
        low, high = pace.quantile(pace.new_tensor([.25, .75]))
        by_pace = {
            f'of these, up to {low:.0f} mm/frame': pace <= low,
            f'of these, from {high:.0f} mm/frame': pace >= high
        }
        once = clips
        clips = clips.repeat(args.shuffles, 1, 1)
        still = clips[:, :1].expand_as(clips)
        torch.manual_seed(args.seed)
        for name, feat in (('shuffled', clips), ('all the same', still),
                           ('guessed', None)):
            perm = torch.rand(clips.shape[:2]).argsort(1)
            found = places(model, feat, perm)
            table.add_row(checkpoint, name, *measure(found, perm))
            for part, of_part in by_pace.items():
                if name == 'shuffled':
                    rows = of_part.repeat(args.shuffles)
                    table.add_row(checkpoint, part,
                                  *measure(found[rows], perm[rows]))
        perm = perm[:len(once)]
        path = shortest_path(once.take_along_dim(perm[..., None], 1))
        table.add_row(checkpoint, 'shortest path', *measure(path, perm))
    Console(width=120).print(table)
    print(f'{len(clips)} shuffled clips of {model.network.frames} frames')


def load_model(path: str) -> SATN:
    """The network of a checkpoint.

    Raises:
        ValueError: If it recovers no order.
    """
    checkpoint = load_checkpoint(path)
    config = checkpoint['meta']['mmarts']['model']
    if config['type'] != 'SATN' or not config.get('order_head'):
        raise ValueError(f'{path} holds no SATN with an order head; train '
                         'one with the loss "order".')
    order = config['losses']['order']
    model = MODELS.build(
        dict(
            config,
            losses=dict(order=order),
            discriminator=None,
            real_poses=None))
    model.load_state_dict({
        key: value
        for key, value in checkpoint['state_dict'].items()
        if not key.startswith('discriminator.')
    })
    return model.eval()


def test_clips(config: str, model: SATN,
               file: Optional[str]) -> tuple[Tensor, Tensor]:
    """Clips that hardly overlap.

    Returns:
        ``(N, frames, C)`` features, and ``(N,)`` how far a joint moves about
        the root from frame to frame, in the mean, mm.
    """
    frames = model.network.frames
    dataset = Config.fromfile(config).test_dataloader.dataset
    if file:
        dataset.ann_file = file
    dataset.update(num_frames=frames, stride=frames)
    data = DATASETS.build(dataset)
    items = [data[i] for i in range(len(data))]
    joints = torch.stack([i['data_samples'].joints3d_rel for i in items])
    pace = joints.diff(dim=1).norm(dim=-1).mean((1, 2))
    feat = torch.stack([i['inputs']['feat'] for i in items])
    return model.features(dict(feat=feat)), METRES_TO_MM * pace


@torch.no_grad()
def places(model: SATN, feat: Tensor, perm: Tensor) -> Tensor:
    """Where the network puts each frame of shuffled clips ``(N, T, C)``.

    Args:
        model: With an order head.
        feat: In their true order; None to guess.
        perm: ``(N, T)`` which frame lies in each slot.
    """
    if feat is None:
        return torch.randint(perm.shape[1], perm.shape)
    clip = torch.arange(len(feat))[:, None]
    return torch.cat([
        model.places(part).argmax(-1) for part in feat[clip, perm].split(256)
    ])


def shortest_path(feat: Tensor) -> Tensor:
    """Places of frames along the shortest way through each clip.

    Dynamic programming over sets of frames (Held and Karp, 1962).

    Args:
        feat: ``(N, T, C)``, in any order.

    Returns:
        ``(N, T)`` places, in one of both directions.
    """
    count, frames = feat.shape[:2]
    step = torch.cdist(feat, feat)
    length = feat.new_full((count, 2**frames, frames), torch.inf)
    before = torch.zeros(length.shape, dtype=torch.long)
    for last in range(frames):
        length[:, 1 << last, last] = 0
    for seen in range(1, 2**frames):
        for last in range(frames):
            others = seen & ~(1 << last)
            if others != seen and others:
                ways = length[:, others] + step[:, :, last]
                length[:, seen, last], before[:, seen, last] = ways.min(-1)
    clip, seen = torch.arange(count), torch.full((count, ), 2**frames - 1)
    way = [length[:, -1].argmin(-1)]
    for _ in range(frames - 1):
        others = seen - 2**way[-1]
        way.append(before[clip, seen, way[-1]])
        seen = others
    return torch.stack(way, 1).argsort(1)


def measure(found: Tensor, perm: Tensor) -> list[str]:
    """Shares of right places and the mean distance, in words.

    Args:
        found: ``(N, T)`` places that were found.
        perm: ``(N, T)`` those that are true.
    """
    away = torch.stack([(found - true).abs()
                        for true in (perm, perm.shape[1] - 1 - perm)])
    right = (away == 0).float().mean(-1)
    better = right.argmax(0)
    away = away[better, torch.arange(len(found))].float()
    return [
        f'{100 * (away == 0).float().mean():.1f}',
        f'{100 * (away <= 1).float().mean():.1f}', f'{away.mean():.2f}'
    ]


if __name__ == '__main__':
    run_or_exit(main)
