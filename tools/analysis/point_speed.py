# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PointHMR's forward pass: as the release computes it, and folded.

The release makes the whole feature map before it samples, a softmax over the
enlarged heatmap, and batch norms by themselves. Both ways have the same
weights; they take turns in one run, beside a plain matrix product, because a
shared machine differs from minute to minute. CPU time of one thread is the
wall clock of a machine that does nothing else.
"""
import argparse

import torch
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table
from torch import nn

from mmarts.engine.benchmark import count_flops, matmul_gflops, spread_of
from mmarts.engine.launch import add_common_arguments, load_config, run_or_exit
from mmarts.models.decoders import PointTokens, fold_for_inference
from mmarts.registry import MODELS
from mmarts.utils.files import write_json

S_TO_MS = 1000.0
PARTS = ('backbone', 'sampler', 'transformer')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_common_arguments(parser)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--batch-size', type=int, default=1)
    parser.add_argument('--size', type=int, default=224, help='of pictures')
    parser.add_argument(
        '--repeats', type=int, default=5, help='passes each way')
    parser.add_argument('--out', help='write all numbers to this JSON file')
    return parser.parse_args()


class ReleasedSampler(nn.Module):
    """What the release does where ours samples first.

    Args:
        sampler: Ours, whose decoders are used.
    """

    def __init__(self, sampler: nn.Module) -> None:
        super().__init__()
        self.sampler = sampler

    def forward(self, fine, coarse) -> PointTokens:
        """As ``PointSampler.forward``."""
        own = self.sampler
        logits = own.heatmap(fine)
        maps = own.with_position(own.feature(fine)).flatten(2)
        vertices = logits.flatten(2).softmax(-1) @ maps.mT
        grid = own.with_position(own.grid(coarse)).flatten(2).mT
        # The sixth output, which only training reads.
        nn.functional.interpolate(
            logits, scale_factor=2).flatten(2).softmax(-1)
        return PointTokens(vertices, grid, logits)


def measure(model: nn.Module, image: torch.Tensor, repeats: int) -> dict:
    """Seconds of both ways and of their parts, and how far they differ."""
    plain, folded = model.eval(), fold_for_inference(model)
    sampler = plain.sampler
    results = {'difference': _difference(plain, folded, image)}
    for name, network in (('released', plain), ('folded', folded)):
        if name == 'released':
            network.sampler = ReleasedSampler(sampler)
        results[name] = _times(network, image, repeats)
    plain.sampler = sampler
    return results


@torch.no_grad()
def _difference(plain, folded, image) -> float:
    """Largest, over vertices, joints and cameras."""
    outs = [m.outputs(dict(image=image)) for m in (plain, folded)]
    return max(
        float((outs[0][key] - outs[1][key]).abs().max()) for key in outs[0]
        if key != 'heat_logits')


@torch.no_grad()
def _times(network, image, repeats: int) -> dict:
    whole = spread_of(
        lambda: network.outputs(dict(image=image)), warm_up=1, repeats=repeats)
    maps = network.backbone(image.flatten(0, 1))
    tokens = network.sampler(maps[0], maps[-1])
    calls = dict(
        backbone=lambda: network.backbone(image.flatten(0, 1)),
        sampler=lambda: network.sampler(maps[0], maps[-1]),
        transformer=lambda: network.transformer(tokens.vertices, tokens.grid))
    times = {
        part: spread_of(call, warm_up=0, repeats=repeats)
        for part, call in calls.items()
    }
    flops, _ = count_flops(lambda: network.outputs(dict(image=image)))
    return dict(
        wall_ms=S_TO_MS * whole.low,
        cpu_ms=S_TO_MS * whole.cpu,
        gflop=flops / 1e9,
        **{
            f'{part}_cpu_ms': S_TO_MS * t.cpu
            for part, t in times.items()
        })


def show(results: dict, gflops: float) -> None:
    """One table; times are the fastest pass, CPU times medians."""
    table = Table('', 'fastest', 'CPU', *PARTS, 'GFLOP')
    for name in ('released', 'folded'):
        row = results[name]
        table.add_row(name, f'{row["wall_ms"]:.0f} ms',
                      f'{row["cpu_ms"]:.0f} ms',
                      *(f'{row[f"{part}_cpu_ms"]:.0f}' for part in PARTS),
                      f'{row["gflop"]:.1f}')
    console = Console(width=96)
    console.print(table)
    ratio = results['released']['cpu_ms'] / results['folded']['cpu_ms']
    console.print(f'{ratio:.2f} times as fast (CPU time); outputs differ by '
                  f'{results["difference"]:.1e}; matrix product '
                  f'{gflops:.0f} GFLOP/s')


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    cfg.model.backbone.init_cfg = None
    init_default_scope('mmarts')
    model = MODELS.build(cfg.model)
    image = torch.randn(args.batch_size, 1, 3, args.size, args.size)
    results = measure(model, image, args.repeats)
    gflops = matmul_gflops()
    show(results, gflops)
    if args.out:
        write_json(args.out, dict(results, matmul_gflops=gflops))


if __name__ == '__main__':
    run_or_exit(main)
