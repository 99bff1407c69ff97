# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Time INT's network beside the same computed the plain way.

Plain: filters are standardised twice a call, pictures lie channel by channel,
attention is spelled out, the last block updates patches that nobody reads: as
in the authors' release. Both have the same weights and run in turns in one
process, so a busy machine slows both: trust the ratios. Times are of the
processor, all threads together; beside them those of the wall clock. Random
weights see noise; those of a checkpoint see a clip of the test data.
"""
import argparse
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from mmarts.engine.benchmark import build_subject
from mmarts.models.backbones import HybridResNet
from mmarts.models.estimators import INT
from mmarts.models.layers.attention import MultiHeadAttention
from mmarts.models.layers.onednn_layers import by_onednn, without_onednn
from mmarts.models.layers.standardized_conv import StandardizedConv2d
from mmarts.models.tokens import TokenCache
from mmarts.registry import DATASETS, MODELS
from mmarts.structures import BodyParams

CONFIG = Path(__file__).parents[2] / 'configs/int_hmr/int_phase3_freemotion.py'
METRES_TO_MM = 1000.


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n'
        '  python tools/analysis/token_speed.py --frames 16 --repeats 3')
    parser.add_argument('--config', type=Path, default=CONFIG)
    parser.add_argument('--checkpoint', help='random weights without one')
    parser.add_argument('--frames', type=int, default=16)
    parser.add_argument(
        '--repeats',
        type=int,
        default=3,
        help='timed calls, of which the median counts (default: %(default)s)')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--device', default='cpu')
    parser.add_argument(
        '--bf16', action='store_true', help='time bfloat16 autocast as well')
    return parser.parse_args()


def plain_standardisation(self) -> torch.Tensor:
    """Nothing is kept, and all is done twice."""
    self._standardize()
    return self._standardize()


def plain_attention(self, query, source, visible=None) -> torch.Tensor:
    """The matrix of weights in full."""
    q = self._split(self.query(query))
    k, v = map(self._split, self.key_value(source).chunk(2, -1))
    weights = (q @ k.mT * q.shape[-1]**-0.5).softmax(-1)
    return self.project((weights @ v).transpose(1, 2).flatten(2))


def plain_pictures(self, image) -> torch.Tensor:
    """Channels before pixels."""
    keep = torch.Tensor.contiguous
    with patch.object(
            torch.Tensor, 'contiguous', lambda x, memory_format=None: keep(x)):
        return _forward(self, image)


_forward = HybridResNet.forward


@contextmanager
def plain(model):
    """The same network without what makes it quick."""
    model.tokens.updates_all = True
    with without_onednn(), patch.object(StandardizedConv2d,
                                        'standardized_weight',
                                        plain_standardisation), patch.object(
                                            MultiHeadAttention, 'forward',
                                            plain_attention), patch.object(
                                                HybridResNet, 'forward',
                                                plain_pictures):
        yield
    model.tokens.updates_all = False


def timed(call, device: str) -> tuple[dict, np.ndarray]:
    """What a call gives; seconds of the processor and of the wall clock."""
    wait = torch.cuda.synchronize if device.startswith('cuda') else int
    start = time.process_time(), time.perf_counter()
    out = call()
    wait()
    return out, np.array([time.process_time(), time.perf_counter()]) - start


def ways(model, image, bf16: bool) -> dict:
    """Name -> call; the last clip shares half its frames with the first."""
    frames = image.shape[1]
    inputs = dict(image=image)

    def slowly():
        with plain(model):
            return model.outputs(inputs)

    def overlapping():
        cache = TokenCache(model.tokens)
        half = frames // 2
        cache(image[:, :half], range(half))
        return lambda: model.read(*cache(image, range(frames)))

    found = dict(
        plain=lambda: slowly,
        mmarts=lambda: lambda: model.outputs(inputs),
        overlapping=overlapping)
    if bf16:

        def rounded():
            with torch.autocast(image.device.type, torch.bfloat16):
                return model.outputs(inputs)

        found['bf16'] = lambda: rounded
    return found


def vertices_of(model, out: dict) -> torch.Tensor:
    """Of the posed bodies, metres."""
    return model.body_model.vertices(
        BodyParams(out['global_orient'], out['body_pose'], out['betas']))


def subject(args: argparse.Namespace) -> tuple[INT, torch.Tensor]:
    """The network, and a clip ``(1, T, 3, S, S)`` for it."""
    cfg = Config.fromfile(args.config)
    if not args.checkpoint:
        torch.manual_seed(0)
        model = by_onednn(MODELS.build(cfg.model).eval())
        side = model.tokens.side * model.tokens.cnn.stride
        return model, torch.randn(1, args.frames, 3, side, side)
    model = build_subject(cfg.model, 'config', checkpoint=args.checkpoint)
    cfg.test_dataloader.dataset.num_frames = args.frames
    item = DATASETS.build(cfg.test_dataloader.dataset)[0]
    batch = model.model.data_preprocessor(pseudo_collate([item]))
    return model.model, batch['inputs']['image']


@torch.no_grad()
def main() -> None:
    args = parse_args()
    torch.set_num_threads(args.threads)
    init_default_scope('mmarts')
    model, image = (part.to(args.device) for part in subject(args))
    calls = ways(model, image, args.bf16)
    outs, times = {}, {name: [] for name in calls}
    for repeat in range(args.repeats + 1):
        for name, make in calls.items():
            outs[name], seconds = timed(make(), args.device)
            if repeat:
                times[name].append(seconds)
    reference = vertices_of(model, outs['plain'])
    plain_cpu = np.median(times['plain'], 0)[0]
    print(f'{args.frames} frames of {image.shape[-1]} px, '
          f'{args.threads} thread(s), {args.device}, torch '
          f'{torch.__version__}')
    for name, seconds in times.items():
        cpu, wall = np.median(seconds, 0)
        gap = max((outs[name][k] - outs['plain'][k]).abs().max().item()
                  for k in ('rot6d', 'betas', 'cam'))
        moved = (vertices_of(model, outs[name]) - reference).norm(dim=-1)
        print(f'{name:12s} {1e3 * cpu:8.0f} ms cpu {1e3 * wall:8.0f} ms wall '
              f'{plain_cpu / cpu:5.2f} times as fast; outputs within '
              f'{gap:.0e}, vertices {METRES_TO_MM * moved.mean():.3f} mm')


if __name__ == '__main__':
    main()
