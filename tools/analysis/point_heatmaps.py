# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Where PointHMR looks for vertices: pictures as the supplement's Figure 6.

One row a picture of the config's test data: the picture, the heatmaps of
some vertices over it (each scaled by its own maximum), the target's and the
predicted mesh. White rings show where the target's vertices are.
"""
import argparse

import cv2
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from mmarts.compat.safe_load import load_checkpoint
from mmarts.engine.launch import add_common_arguments, load_config, run_or_exit
from mmarts.geometry.camera import solve_weak_camera
from mmarts.models.estimators.pointhmr_terms import make_targets
from mmarts.registry import DATASETS, MODELS
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file

SIDE = 224  # of a picture in the sheet, pixels
JOINTS = ('Head', 'R_Wrist', 'L_Wrist', 'R_Ankle')
WHITE = (255, 255, 255)
_DOT = (80, 170, 255)  # RGB, of a predicted vertex
_TARGET_DOT = (255, 170, 80)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='example:\n  python tools/analysis/point_heatmaps.py '
        'configs/pointhmr/pointhmr-tiny_freemotion-images.py CKPT '
        '--out heatmaps.png')
    add_common_arguments(parser)
    parser.add_argument('checkpoint', help='a .pth written by tools/train.py')
    parser.add_argument(
        '--indices',
        type=int,
        nargs='+',
        default=[0, 40, 80, 120],
        help='samples of the test data (default: 0 40 80 120)')
    parser.add_argument(
        '--joints',
        nargs='+',
        default=JOINTS,
        help='whose nearest vertices are shown (default: %(default)s)')
    parser.add_argument('--out', default='heatmaps.png', help='file to write')
    return parser.parse_args()


@torch.no_grad()
def sheet(model, items: list, joints) -> np.ndarray:
    """``(rows SIDE, columns SIDE, 3)`` RGB of some samples.

    Args:
        model: PointHMR in eval mode.
        items: Samples with pictures as bytes.
        joints: Names of joints of the estimator's set.
    """
    batch = model.data_preprocessor(pseudo_collate(items))
    out = model.outputs(batch['inputs'])
    targets = make_targets(model, out, batch['data_samples'])
    points = nearest_vertices(model, joints)
    seen = _seen(model, targets)
    heat = out['heat_logits'].flatten(3).softmax(-1).view_as(
        out['heat_logits'])
    rows = []
    for i, item in enumerate(items):
        picture = _resized(item['inputs']['image'][0].movedim(0, -1).numpy())
        row = [picture]
        row += [
            _ringed(_glow(picture, heat[i, 0, v].numpy()), seen[i, 0, v])
            for v in points
        ]
        vertices = model.projection(out['vertices'], out['cam'])[i, 0]
        row.append(_dotted(picture, seen[i, 0], _TARGET_DOT))
        row.append(_dotted(picture, vertices[::4], _DOT))
        rows.append(np.concatenate(row, 1))
    return np.concatenate(rows)


def nearest_vertices(model, joints) -> list[int]:
    """Coarsest vertices that are nearest to joints of the resting body."""
    body = model.body_model
    index = get_joint_set(model.joint_set).index(*joints)
    rest = body.regress(body.v_template, model.joint_set)[index]
    coarse = model.hierarchy.coarsen(body.v_template)[-1]
    return torch.cdist(rest, coarse).argmin(1).tolist()


def _seen(model, targets: dict):
    """Coarsest target vertices in the crop, by the target's camera."""
    joints = model.body_model.regress(targets['vertices'][0], model.joint_set)
    cam = solve_weak_camera(joints, *targets['keypoints2d'])
    return model.projection(targets[model.mesh_names[-1]][0], cam)


def _resized(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


def _glow(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Red where the heatmap is near its maximum, over a dim picture."""
    heat = _resized(heat / heat.max())[..., None]
    grey = picture.mean(-1, keepdims=True) / 2
    red = np.array([255., 90., 40.])
    return ((1 - heat) * grey + heat * red).astype(np.uint8)


def _pixel(point) -> tuple[int, int]:
    x, y = ((np.asarray(point) + 1) / 2 * SIDE).clip(-SIDE, 2 * SIDE)
    return int(x), int(y)


def _ringed(picture: np.ndarray, point) -> np.ndarray:
    return cv2.circle(picture.copy(), _pixel(point), 7, WHITE, 1, cv2.LINE_AA)


def _dotted(picture: np.ndarray, points, colour) -> np.ndarray:
    picture = picture // 2
    for point in points:
        cv2.circle(picture, _pixel(point), 1, colour, -1)
    return picture


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    init_default_scope('mmarts')
    cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(load_checkpoint(args.checkpoint)['state_dict'])
    data = DATASETS.build(cfg.test_dataloader.dataset)
    picture = sheet(model, [data[i] for i in args.indices], args.joints)
    with whole_file(args.out) as part:
        cv2.imwrite(str(part), picture[..., ::-1])
    print(f'{args.out}: {len(args.indices)} rows of {len(args.joints)} '
          'heatmaps')


if __name__ == '__main__':
    run_or_exit(main)
