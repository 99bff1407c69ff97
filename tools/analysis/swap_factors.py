# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Does the pose follow the skeleton when it is swapped (DSD, Figure 4)?

Test samples of a trained DSD are paired, and each gets the skeleton, or the
details, of its partner. Printed is how far the pose then is from its own
prediction and from its partner's, root-centred, and the share of pairs in
which it is nearer to that of the skeleton's owner. Several checkpoints (DSD,
Concat) make a table; --out draws the first pairs: own, partner, skeleton
swapped, details swapped.
"""
import argparse

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table
from torch import Tensor

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.launch import run_or_exit
from mmarts.evaluation import mpjpe
from mmarts.geometry.alignment import root_centre
from mmarts.models.estimators import DSD
from mmarts.registry import DATASETS, MODELS
from mmarts.structures import BodyParams
from mmarts.visualization.overlay import contact_sheet, write_image
from mmarts.visualization.renderer import create_renderer

METRES_TO_MM = 1000.0
PICTURE = (240, 320)  # width and height of a drawn body
DISTANCE = 2.6  # metres from the camera that draws


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tools/analysis/swap_factors.py '
        'configs/dsd_satn/dsd-blazepose_freemotion.py dsd.pth concat.pth '
        '--out swapped.png')
    parser.add_argument('config', help='config whose test data are paired')
    parser.add_argument(
        'checkpoints',
        nargs='+',
        help='.pth of DSD, written by tools/train.py')
    parser.add_argument(
        '--pairs', type=int, default=64, help='(default: %(default)s)')
    parser.add_argument(
        '--drawn', type=int, default=4, help='pairs (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of the pairs')
    parser.add_argument('--out', help='picture to write, .png or .jpg')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if args.pairs < 1 or args.drawn < 1:
        raise ValueError('--pairs and --drawn start at 1.')
    from mmengine.config import Config
    init_default_scope('mmarts')
    data = DATASETS.build(Config.fromfile(args.config).test_dataloader.dataset)
    table = Table('checkpoint', 'head', 'swapped', 'to own, mm',
                  'to partner, mm', 'follows the skeleton, %')
    drawings = []
    for path in args.checkpoints:
        model = load_model(path)
        parts = sample_parts(model, data, 2 * args.pairs, args.seed)
        poses = swapped_poses(model, *parts)
        for name in ('skeleton', 'details'):
            own, partner, share = measure(model, poses, name)
            table.add_row(path,
                          type(model.network.head).__name__, name,
                          f'{own:.1f}', f'{partner:.1f}', f'{share:.0f}')
        if args.out:
            drawings += draw(model, poses, args.drawn)
    Console(width=120).print(table)
    if args.out:
        print(f'wrote {write_image(args.out, contact_sheet(drawings, 4))}')


def load_model(path: str) -> DSD:
    """The network of a checkpoint.

    Raises:
        ValueError: If it is no DSD.
    """
    checkpoint = load_checkpoint(path)
    config = dict(
        checkpoint['meta']['mmarts']['model'],
        losses=None,
        discriminator=None,
        real_poses=None)
    if config['type'] != 'DSD':
        raise ValueError(f'{path} holds a {config["type"]}, but only a DSD '
                         'has a skeleton to swap.')
    model = MODELS.build(config)
    model.load_state_dict({
        key: value
        for key, value in checkpoint['state_dict'].items()
        if not key.startswith('discriminator.')
    })
    return model.eval()


@torch.no_grad()
def sample_parts(model: DSD, data, count: int,
                 seed: int) -> tuple[Tensor, Tensor]:
    """Skeletons and pooled features of drawn samples.

    Returns:
        ``(2, N, K, C)`` and ``(2, N, C')``: pairs along the first axis.
    """
    if len(data) < count:
        raise ValueError(f'{count // 2} pairs need {count} test samples, but '
                         f'there are {len(data)}; see --pairs.')
    order = np.random.default_rng(seed).permutation(len(data))[:count]
    parts = []
    for chunk in np.array_split(order, -(-count // 16)):
        items = [data[int(i)] for i in chunk]
        batch = model.data_preprocessor(pseudo_collate(items))
        given = batch['inputs'][model.network.reads]
        parts.append(model.network.parts(given[:, 0]))
    return tuple(torch.cat(part).unflatten(0, (2, -1)) for part in zip(*parts))


@torch.no_grad()
def swapped_poses(model: DSD, skeleton: Tensor, pooled: Tensor) -> dict:
    """Bodies of all combinations: name -> what ``DSD.read`` gives.

    ``'skeleton'`` has the partner's skeleton, ``'details'`` the partner's
    details; ``own`` has neither.
    """
    partner = dict(skeleton=skeleton.flip(0), details=pooled.flip(0))
    poses = {}
    for name in ('own', 'skeleton', 'details'):
        joined = model.network.head(
            (partner['skeleton'] if name == 'skeleton' else skeleton).flatten(
                0, 1),
            (partner['details'] if name == 'details' else pooled).flatten(
                0, 1))
        theta = model.network.parameter_head(joined)
        poses[name] = model.read(*(x.unflatten(0, skeleton.shape[:2])
                                   for x in theta))
    return poses


def measure(model: DSD, poses: dict, name: str) -> tuple[float, float, float]:
    """Distances after a swap to the own and the partner's pose, mm; and the
    percentage that is nearer to the owner of the skeleton."""
    own, swapped = (
        root_centre(poses[key]['joints3d_posed'], model.loss_root)
        for key in ('own', name))
    to_own, to_partner = mpjpe(swapped, own), mpjpe(swapped, own.flip(0))
    nearer = to_partner < to_own
    follows = nearer if name == 'skeleton' else ~nearer
    return (METRES_TO_MM * float(to_own.mean()),
            METRES_TO_MM * float(to_partner.mean()),
            100 * float(follows.float().mean()))


@torch.no_grad()
def draw(model: DSD, poses: dict, count: int) -> list[np.ndarray]:
    """Rows of own, partner, skeleton swapped, details swapped."""
    K = np.array([[PICTURE[1], 0, PICTURE[0] / 2],
                  [0, PICTURE[1], PICTURE[1] / 2], [0, 0, 1.]])
    vertices = {
        name:
        model.body_model.vertices(
            BodyParams(pose['global_orient'], pose['body_pose'],
                       pose['betas'])).numpy()
        for name, pose in poses.items()
    }
    frames = []
    with create_renderer(model.body_model.faces.numpy(), PICTURE) as renderer:
        for i in range(min(count, vertices['own'].shape[1])):
            row = (vertices['own'][0, i], vertices['own'][1, i],
                   vertices['skeleton'][0, i], vertices['details'][0, i])
            for mesh in row:
                middle = (mesh.min(0) + mesh.max(0)) / 2
                moved = mesh - middle + np.array([0, 0, DISTANCE])
                frames.append(_on_white(renderer.render(moved, K)))
    return frames


def _on_white(rgba: np.ndarray) -> np.ndarray:
    alpha = rgba[..., 3:] / 255
    return (255 * (1 - alpha) + rgba[..., :3] * alpha).astype(np.uint8)


if __name__ == '__main__':
    run_or_exit(main)
