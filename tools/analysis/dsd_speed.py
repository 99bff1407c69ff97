# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How fast DSD-SATN runs beside the way its authors' code computes.

Both compute with the same random weights, in turns, in one run. The authors'
way: norms of their own, channels first, a soft-argmax over grids of
coordinates, torch's bilinear layer, and every window of a video by itself.
Ours: norms folded, channels last, marginals, one matrix product, and the
projections of a frame made once. The plain matrix product beside them tells
how fast the machine is at that moment.
"""
import argparse
import copy
from functools import partial

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional as F

from mmarts.engine.benchmark import matmul_gflops
from mmarts.engine.benchmark.timing import precision, spread_of
from mmarts.engine.launch import run_or_exit
from mmarts.models.disentangle.fold_norms import folded
from mmarts.models.temporal.temporal_conv_net import edge_windows
from mmarts.registry import BODY_MODELS, MODELS
from mmarts.structures import BodyParams
from mmarts.utils.configs import config_path

S_TO_MS = 1000.0
METRES_TO_MM = 1000.0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/analysis/dsd_speed.py\n'
        '  python tools/analysis/dsd_speed.py --batch 8 --threads 2')
    add = parser.add_argument
    add('--batch', type=int, default=1, help='(default: %(default)s)')
    add('--size', type=int, default=256, help='of a picture, pixels')
    add('--frames',
        type=int,
        default=100,
        help='of the video for SATN (default: %(default)s)')
    add('--threads', type=int, default=1, help='(default: %(default)s)')
    add('--repeats', type=int, default=10, help='(default: %(default)s)')
    add('--dtypes',
        nargs='+',
        default=['float32'],
        choices=('float32', 'bfloat16'),
        help='of our way (default: float32)')
    return parser.parse_args()


@torch.inference_mode()
def main() -> None:
    args = parse_args()
    if min(args.batch, args.frames, args.threads, args.repeats) < 1:
        raise ValueError('--batch, --frames, --threads and --repeats start '
                         'at 1.')
    init_default_scope('mmarts')
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    table = Table('network', 'way', 'ms', 'ms of CPU', 'times faster',
                  'largest difference', 'vertices, mm')
    for rows in (frame_rows(args), video_rows(args)):
        for row in rows:
            table.add_row(*row)
    Console(width=110).print(table)
    print(f'{matmul_gflops():.0f} GFLOP/s by a matrix product, '
          f'{args.threads} thread(s)')


def frame_rows(args: argparse.Namespace) -> list[tuple]:
    """The frame network on a batch of pictures."""
    network = build('dsd_release').eval()
    image = torch.randn(args.batch, 3, args.size, args.size)
    last = image.contiguous(memory_format=torch.channels_last)
    ways = {'authors': (lambda: authors_frame(network, image), 'float32')}
    for dtype in args.dtypes:
        fast = folded(network,
                      None if dtype == 'float32' else getattr(torch, dtype))
        ways[f'ours, {dtype}'] = (partial(fast, last), dtype)
    return compared(f'frame, batch {args.batch}', ways, args.repeats)


def video_rows(args: argparse.Namespace) -> list[tuple]:
    """SATN on the features of a video."""
    network = build('satn_release').eval()
    feat = torch.randn(1, args.frames, 512)

    def by_window():
        windows = edge_windows(feat, network.frames)
        return network.middle(windows.flatten(0, 1))[None],

    ways = dict(
        authors=(by_window, 'float32'),
        ours=(lambda: (network(feat), ), 'float32'))
    return compared(f'SATN, {args.frames} frames', ways, args.repeats)


def build(name: str) -> nn.Module:
    """The network of a release's config, without a body."""
    cfg = Config.fromfile(config_path(f'dsd_satn/{name}.py'))
    return MODELS.build(copy.deepcopy(cfg.model.network))


def authors_frame(network: nn.Module, image: Tensor) -> tuple[Tensor, ...]:
    """What ``SkeletonDetailNet.forward`` gives, the authors' way."""
    maps = network.backbone(image)
    logits = network.heatmap_head(maps)
    side = logits.shape[-1]
    prob = logits.flatten(2).softmax(-1).view_as(logits)
    cells = torch.arange(side, dtype=prob.dtype)
    grids = torch.meshgrid(cells, cells, indexing='ij')
    skeleton = torch.stack([
        2 * (prob * grid.expand_as(prob)).sum((2, 3)) / side - 1
        for grid in grids[::-1]
    ], -1)
    head = network.head
    detail = head.detail(F.adaptive_avg_pool2d(maps, 1).flatten(1))
    feat = F.bilinear(skeleton.flatten(1), detail, head.join.weight)
    return (skeleton, feat, *network.parameter_head(feat))


def compared(network: str, ways: dict, repeats: int) -> list[tuple]:
    """Rows of the table; the first way is what the others are over."""
    outs, spreads = {}, {}
    # In turns, so that a slow moment of the machine falls on all.
    for turn in range(repeats):
        for name, (call, dtype) in ways.items():
            with precision('cpu', dtype):
                outs[name] = call()
                spread = spread_of(call, warm_up=0, repeats=1)
            spreads.setdefault(name, []).append(spread)
    rows, first = [], next(iter(ways))
    seconds = {
        name: torch.tensor([[s.median, s.cpu] for s in taken]).median(0)[0]
        for name, taken in spreads.items()
    }
    for name in ways:
        gap = max(
            float((a.float() - b.float()).abs().max())
            for a, b in zip(outs[name], outs[first]))
        factor = seconds[first] / seconds[name]
        rows.append(
            (network, name, *(f'{S_TO_MS * s:.1f}'
                              for s in seconds[name]), f'{factor[0]:.2f}',
             f'{gap:.1e}', vertex_gap(outs[name], outs[first])))
    return rows


def vertex_gap(out: tuple, other: tuple) -> str:
    """Mean distance of the meshes of two outputs of the frame network, mm.

    An output is a skeleton, a feature, a camera, rotations and a shape;
    features of a video have no mesh, which gives an empty text.
    """
    if len(out) == 1:
        return ''
    body = BODY_MODELS.build(dict(type='FreeBody'))
    first, second = (body.vertices(
        BodyParams(*(x[:, None].float()
                     for x in (rotmat[:, :1], rotmat[:, 1:], betas))))
                     for *_, rotmat, betas in (out, other))
    return f'{METRES_TO_MM * float((first - second).norm(dim=-1).mean()):.3f}'


if __name__ == '__main__':
    run_or_exit(main)
