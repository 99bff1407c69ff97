# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What INT's tokens know and look at (ICLR 2023, figures 5, 6, 7 and 9).

Writes to a folder: prior_bodies.png, the bodies that the learned tokens
decode to before they have seen a picture, beside those of random tokens;
picture_attention.png, where chosen tokens look in pictures of a clip;
temporal_attention.png, which frames of the clip a joint's token takes from
which, in the last layer of the temporal model.
"""
import argparse
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config, DictAction
from mmengine.dataset import pseudo_collate

from mmarts.engine.benchmark import build_subject
from mmarts.engine.launch import run_or_exit
from mmarts.geometry.rotation import rot6d_to_rotmat
from mmarts.models.tokens.token_vit import first_std
from mmarts.registry import DATASETS
from mmarts.structures import BodyParams, get_joint_set
from mmarts.visualization import create_renderer, draw_heat

JOINTS = ('left_knee', 'right_knee', 'left_elbow', 'right_elbow', 'head')
OTHERS = ('shape', 'camera')
BODY_SIZE = 256  # pixels
BODY_DISTANCE, BODY_FOCAL = 3.0, 300.0  # metres, pixels
CELL = 2.2  # inches


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n'
        '  python tools/analysis/token_attention.py '
        'configs/int_hmr/int-tiny_phase3_freemotion.py CKPT --out figures')
    parser.add_argument('config', help='of an INT')
    parser.add_argument(
        'checkpoint', nargs='?', help='random weights without one')
    parser.add_argument('--out', type=Path, required=True, help='folder')
    parser.add_argument(
        '--index',
        type=int,
        default=0,
        help='sample of the test data (default: %(default)s)')
    parser.add_argument(
        '--joints',
        nargs='+',
        default=list(JOINTS),
        help=f'of SMPL\'s 24 (default: {" ".join(JOINTS)})')
    parser.add_argument(
        '--pictures',
        type=int,
        default=3,
        help='frames of the clip that are drawn (default: %(default)s)')
    parser.add_argument(
        '--block',
        type=int,
        default=-1,
        help='of the base model (default: the last)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


@contextmanager
def recorded_attention(layers: dict):
    """Name -> weights ``(N, L, M)`` of the latest call of each layer."""
    found = {}

    def keep(name):

        def hook(layer, args):
            query, source = args[:2]
            # Parallel attention is given a number of frames.
            source = source if torch.is_tensor(source) else query
            found[name] = layer.weights(query, source)

        return hook

    handles = [
        layer.register_forward_pre_hook(keep(name))
        for name, layer in layers.items()
    ]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def attention_of(model, inputs: dict, block: int) -> tuple:
    """Where tokens of a clip look.

    Returns:
        ``(T, J + 2, h, w)`` on the pictures; ``(J, T, T)`` between frames,
        or None without a temporal model of single joints.
    """
    count = model.tokens.num_joints
    layers = dict(picture=model.tokens.blocks[block].attention)
    if model.temporal is not None:
        layers['time'] = model.temporal.blocks[-1].attention
    with recorded_attention(layers) as found:
        model.outputs(inputs)
    image = inputs['image']
    grid = [n // model.tokens.cnn.stride for n in image.shape[-2:]]
    # Behind the tasks' tokens and CLS lie the patches.
    patches = found['picture'][:, :count + 2, count + 3:]
    time = found.get('time')
    if time is not None and len(time) != count:
        time = None
    return patches.unflatten(-1, grid).numpy(), time


def prior_bodies(model, count: int = 3) -> list[tuple[str, np.ndarray]]:
    """Titles and vertices of bodies of bare tokens."""
    learned = (model.tokens.joint_tokens, model.tokens.shape_token[:, 0])
    draws = [('learned tokens', learned)]
    for i in range(count):
        draws.append(
            (f'random tokens {i + 1}',
             [first_std(t.shape[-1]) * torch.randn_like(t) for t in learned]))
    bodies = []
    for title, (joints, shape) in draws:
        turns = rot6d_to_rotmat(model.heads.pose(joints))
        params = BodyParams(turns[:, :1], turns[:, 1:],
                            model.heads.shape(shape))
        bodies.append((title, model.body_model.vertices(params)[0].numpy()))
    return bodies


def draw_bodies(model, path: Path) -> None:
    """Figures 5 (a) and 9."""
    K = np.array([[BODY_FOCAL, 0, BODY_SIZE / 2],
                  [0, BODY_FOCAL, BODY_SIZE / 2], [0, 0, 1]])
    columns = []
    with create_renderer(model.body_model.faces.numpy(),
                         (BODY_SIZE, BODY_SIZE)) as renderer:
        for title, vertices in prior_bodies(model):
            placed = vertices - vertices.mean(0) + [0, 0, BODY_DISTANCE]
            rgba = renderer.render(placed, K).astype(np.float32)
            alpha = rgba[..., 3:] / 255
            picture = rgba[..., :3] * alpha + 255 * (1 - alpha)
            columns.append((title, picture.astype(np.uint8)))
    save_grid([columns], path)


def draw_pictures(image: np.ndarray, heat: np.ndarray, names: list[str],
                  rows: list[int], path: Path) -> None:
    """Figure 5 (b): a row a frame, a column a token."""
    joints = get_joint_set('smpl24')
    order = dict({n: joints.index(n)[0]
                  for n in names}, **{
                      n: len(joints) + i
                      for i, n in enumerate(OTHERS)
                  })
    save_grid([[(f'frame {row}', image[row])] +
               [(name, draw_heat(image[row], heat[row, place]))
                for name, place in order.items()] for row in rows], path)


def draw_time(time: torch.Tensor, names: list[str], path: Path) -> None:
    """Figures 6 and 7: frames that look, frames that are looked at."""
    joints = get_joint_set('smpl24')
    save_grid([[(name, time[joints.index(name)[0]].numpy())
                for name in names]], path)


def save_grid(rows: list, path: Path) -> None:
    """Pictures, or matrices, with titles, in rows."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot, ticker
    figure, axes = pyplot.subplots(
        len(rows),
        len(rows[0]),
        squeeze=False,
        figsize=(CELL * len(rows[0]), CELL * len(rows)),
        layout='constrained')
    for line, cells in zip(axes, rows):
        for axis, (title, picture) in zip(line, cells):
            axis.imshow(picture)
            axis.set_title(title, fontsize=8)
            if picture.ndim == 3:
                axis.set_axis_off()
            else:
                axis.tick_params(labelsize=6)
                for side in (axis.xaxis, axis.yaxis):
                    side.set_major_locator(ticker.MaxNLocator(integer=True))
                axis.set_xlabel('frame that is looked at', fontsize=6)
                axis.set_ylabel('frame that looks', fontsize=6)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    print(f'wrote {path}')


@torch.no_grad()
def main() -> None:
    args = parse_args()
    # An unknown joint is an error before anything is computed.
    get_joint_set('smpl24').index(*args.joints)
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options or {})
    model = build_subject(
        cfg.model, 'config', checkpoint=args.checkpoint).model
    if not hasattr(model, 'tokens'):
        raise ValueError(f'{args.config} has no tokens; expected an INT.')
    item = DATASETS.build(cfg.test_dataloader.dataset)[args.index]
    image = item['inputs']['image'].movedim(1, -1).numpy()
    inputs = model.data_preprocessor(pseudo_collate([item]))['inputs']
    heat, time = attention_of(model, inputs, args.block)
    args.out.mkdir(parents=True, exist_ok=True)
    draw_bodies(model, args.out / 'prior_bodies.png')
    rows = np.linspace(0, len(image) - 1, min(args.pictures, len(image)))
    draw_pictures(image, heat, args.joints,
                  rows.round().astype(int).tolist(),
                  args.out / 'picture_attention.png')
    if time is not None:
        draw_time(time, args.joints, args.out / 'temporal_attention.png')


if __name__ == '__main__':
    run_or_exit(main)
