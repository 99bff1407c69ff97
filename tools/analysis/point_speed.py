# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PointHMR's forward pass: as the release computes it, and folded.

The release makes the whole feature map before it samples, a softmax over the
enlarged heatmap, attention weights that nobody reads, and batch norms by
themselves. All ways have the same weights and take turns, pass by pass,
because a shared machine differs from minute to minute. CPU time of one
thread is the wall clock of a machine that does nothing else.
"""
import argparse
import time
from contextlib import ExitStack, contextmanager
from typing import Callable
from unittest.mock import patch

import numpy as np
import torch
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table
from torch import nn

from mmarts.engine.benchmark import count_flops, matmul_gflops, precision
from mmarts.engine.launch import add_common_arguments, load_config, run_or_exit
from mmarts.models.decoders import PointTokens, fold_for_inference
from mmarts.models.layers.attention import MultiHeadAttention
from mmarts.registry import MODELS
from mmarts.utils.files import write_json

S_TO_MS = METRES_TO_MM = 1000.0
PARTS = ('backbone', 'sampler', 'transformer')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_common_arguments(parser)
    add = parser.add_argument
    add('--threads', type=int, default=1)
    add('--batch-size', type=int, default=1)
    add('--size', type=int, default=224, help='of pictures')
    add('--repeats', type=int, default=5, help='passes each way')
    add('--bf16', action='store_true', help='time bfloat16 autocast as well')
    add('--flops',
        action='store_true',
        help='only count operations, part by part; decoders are counted on '
        'whole maps, as in training')
    add('--out', help='write all numbers to this JSON file')
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


def attention_with_weights(self, query, source, visible=None):
    """Attention that makes its weights in full, and their mean over heads.

    As torch's ``MultiheadAttention`` where it is asked for weights.
    """
    q = self._split(self.query(query))
    k, v = map(self._split, self.key_value(source).chunk(2, -1))
    scores = (q * q.shape[-1]**-0.5) @ k.mT
    if visible is not None:
        scores = scores.masked_fill(~visible, -torch.inf)
    weights = scores.softmax(-1)
    weights.mean(1)
    return self.project((weights @ v).transpose(1, 2).flatten(2))


class Way:
    """One way to compute the network.

    Args:
        network: Estimator in eval mode.
        dtype: ``'float32'``, or autocast to ``'bfloat16'``.
        released: Whether as the release does.
    """

    def __init__(self, network, dtype='float32', released=False) -> None:
        self.network, self.dtype, self.released = network, dtype, released

    @contextmanager
    def _context(self):
        with ExitStack() as stack:
            stack.enter_context(precision('cpu', self.dtype))
            if self.released:
                sampler = self.network.sampler
                stack.enter_context(
                    patch.object(MultiHeadAttention, 'forward',
                                 attention_with_weights))
                self.network.sampler = ReleasedSampler(sampler)
                stack.callback(setattr, self.network, 'sampler', sampler)
            yield

    def outputs(self, image) -> dict:
        """Of a batch of pictures."""
        with self._context():
            return self.network.outputs(dict(image=image))

    def part_seconds(self, image) -> dict[str, float]:
        """CPU time of the parts."""
        net = self.network
        with self._context():
            maps, first = timed(lambda: net.backbone(image.flatten(0, 1)))
            tokens, second = timed(lambda: net.sampler(maps[0], maps[-1]))
            with precision('cpu', 'float32'), torch.autocast(
                    'cpu', enabled=False):
                third = timed(
                    lambda: net.transformer(tokens.vertices, tokens.grid))[1]
        return dict(zip(PARTS, (first[0], second[0], third[0])))


def timed(call: Callable) -> tuple:
    """What a call gives; its seconds of the processor and of the clock."""
    start = time.process_time(), time.perf_counter()
    out = call()
    return out, (time.process_time() - start[0],
                 time.perf_counter() - start[1])


def ways_of(model: nn.Module, bf16: bool) -> dict[str, Way]:
    """Name -> way; the first is what others are compared with."""
    model = model.eval()
    ways = dict(
        released=Way(model, released=True),
        folded=Way(fold_for_inference(model)))
    if bf16:
        ways['bfloat16'] = Way(
            fold_for_inference(model, half_precision=True), 'bfloat16')
    return ways


@torch.no_grad()
def part_gflops(model: nn.Module, image: torch.Tensor) -> dict[str, float]:
    """Billions of operations of each part, two for a multiply-add."""
    model = model.eval()
    sampler = model.sampler
    maps = model.backbone(image.flatten(0, 1))
    fine, coarse = maps[0], maps[-1]
    tokens = sampler(fine, coarse)
    calls = dict(
        backbone=lambda: model.backbone(image.flatten(0, 1)),
        heatmap=lambda: sampler.heatmap(fine),
        feature=lambda: sampler.feature(fine),
        grid=lambda: sampler.grid(coarse),
        transformer=lambda: model.transformer(tokens.vertices, tokens.grid))
    return {part: count_flops(call)[0] / 1e9 for part, call in calls.items()}


@torch.no_grad()
def measure(ways: dict[str, Way], image: torch.Tensor, repeats: int) -> dict:
    """Times of all ways, and how far outputs are from the first way's."""
    passes = {name: [] for name in ways}
    parts = {name: [] for name in ways}
    gflops, outs = [], {}
    for repeat in range(repeats + 1):  # the first one fills caches
        for name, way in ways.items():
            outs[name], seconds = timed(lambda: way.outputs(image))
            of_parts = way.part_seconds(image)
            if repeat:
                passes[name].append(seconds)
                parts[name].append([of_parts[part] for part in PARTS])
        gflops.append(matmul_gflops(repeats=2))
    results, first = {}, next(iter(ways))
    cpu_first = np.array(passes[first])[:, 0]
    for name, way in ways.items():
        cpu, wall = np.array(passes[name]).T
        flops = count_flops(lambda: way.outputs(image))[0]
        results[name] = dict(
            wall_ms=S_TO_MS * wall.min(),
            cpu_ms=S_TO_MS * np.median(cpu),
            times_as_fast=np.median(cpu_first / cpu),
            gflop=flops / 1e9,
            **differences(outs[name], outs[first]),
            **{
                f'{part}_cpu_ms': S_TO_MS * value
                for part, value in zip(PARTS, np.median(parts[name], 0))
            })
    return dict(results, matmul_gflops=float(np.median(gflops)))


def differences(out: dict, reference: dict) -> dict[str, float]:
    """Largest over vertices, joints and cameras; of vertices the mean."""
    largest = max(
        float((out[key] - reference[key]).abs().max()) for key in reference
        if key != 'heat_logits')
    moved = (out['vertices'] - reference['vertices']).norm(dim=-1).mean()
    return dict(difference=largest, vertices_mm=METRES_TO_MM * float(moved))


def show(results: dict) -> None:
    """One table: fastest pass, medians of CPU times and of ratios."""
    table = Table('', 'fastest', 'CPU', 'ratio', *PARTS, 'GFLOP', 'differ by',
                  'vertices')
    for name, row in results.items():
        if name == 'matmul_gflops':
            continue
        table.add_row(name, f'{row["wall_ms"]:.0f} ms',
                      f'{row["cpu_ms"]:.0f} ms', f'{row["times_as_fast"]:.2f}',
                      *(f'{row[f"{part}_cpu_ms"]:.0f}' for part in PARTS),
                      f'{row["gflop"]:.1f}', f'{row["difference"]:.1e}',
                      f'{row["vertices_mm"]:.3f} mm')
    console = Console(width=110)
    console.print(table)
    console.print(f'matrix product {results["matmul_gflops"]:.0f} GFLOP/s')


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    cfg.model.backbone.init_cfg = None
    init_default_scope('mmarts')
    model = MODELS.build(cfg.model)
    image = torch.randn(args.batch_size, 1, 3, args.size, args.size)
    if args.flops:
        for part, gflop in part_gflops(model, image).items():
            print(f'{part:12s}{gflop:9.3f} GFLOP')
        return
    results = measure(ways_of(model, args.bf16), image, args.repeats)
    show(results)
    if args.out:
        write_json(args.out, results)


if __name__ == '__main__':
    run_or_exit(main)
