# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pre-train PointHMR's backbone on joints.

The supplement's HRNet comes from a network that finds joints in pictures;
this is its like for small backbones, on the pictures of a config. A 1x1
convolution makes a heatmap for each joint of the backbone's fine map; its
loss is that of PointHMR's heatmaps. With --joints3d a linear layer also reads
3D joints off the coarse map. What is written is for
`model.backbone.init_cfg`; a pass costs a fifth of the whole network's.
"""
import argparse
import time

import torch
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import nn

from mmarts.compat.openmmlab_models import build_any_model
from mmarts.engine.launch import add_common_arguments, load_config, run_or_exit
from mmarts.models.estimators.base import stack_targets
from mmarts.models.losses import HeatmapLoss, MaskedMSELoss
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file

WEIGHT_3D = 50.0  # of the mean square, metres


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_arguments(parser)
    add = parser.add_argument
    add('--out', required=True, help='.pth to write')
    add('--steps', type=int, default=1500)
    add('--batch-size', type=int, default=32)
    add('--lr', type=float, default=2e-3, help='of AdamW, highest')
    add('--seed', type=int, default=0)
    add('--load', help='file of an earlier call to go on from')
    add('--joints3d', action='store_true', help='3D joints as well')
    return parser.parse_args()


class JointFinder(nn.Module):
    """A backbone, a heatmap for each joint, and its place.

    Args:
        cfg: A config of PointHMR.
        joints3d: Whether 3D joints are trained.
    """

    def __init__(self, cfg, joints3d: bool) -> None:
        super().__init__()
        self.preprocess = MODELS.build(
            cfg.model.get('data_preprocessor')
            or dict(type='WindowPreprocessor'))
        self.backbone = build_any_model(cfg.model.backbone)
        fine, coarse = cfg.model.sampler.in_dims
        joints = len(get_joint_set(cfg.model.joint_set))
        self.head = nn.Conv2d(fine, joints, 1)
        self.criterion = HeatmapLoss()
        self.head3d = None
        if joints3d:
            cells = cfg.model.transformer.num_grid
            self.head3d = nn.Linear(coarse * cells, 3 * joints)
            self.criterion3d = MaskedMSELoss(WEIGHT_3D)

    def forward(self, batch: dict) -> torch.Tensor:
        """Loss of a batch of the config's data."""
        batch = self.preprocess(batch, True)
        image = batch['inputs']['image'].flatten(0, 1)
        maps = self.backbone(image)
        logits = self.head(maps[0])
        like = logits.new_zeros(len(image), 1, logits.shape[1], 3)
        target, valid = stack_targets(batch['data_samples'],
                                      'keypoints2d_crop', like[..., :2])
        loss = self.criterion(logits, target[:, 0], valid[:, 0])
        if self.head3d is None:
            return loss
        joints = self.head3d(maps[-1].flatten(1)).view_as(like)
        return loss + self.criterion3d(
            joints, *stack_targets(batch['data_samples'], 'joints3d_rel',
                                   like))


def train(net: JointFinder, loader, steps: int, lr: float) -> None:
    """Warm-up, then cosine decay; a line every tenth."""
    optimizer = torch.optim.AdamW(net.parameters(), lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, steps, pct_start=0.05)
    began, losses = time.perf_counter(), []
    for step, batch in zip(range(1, steps + 1), loader):
        loss = net(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % max(1, steps // 10) == 0:
            print(
                f'step {step}, loss {sum(losses) / len(losses):.3f}, '
                f'{time.perf_counter() - began:.0f} s',
                flush=True)
            losses = []


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    cfg.model.backbone.init_cfg = None
    cfg.train_dataloader.batch_size = args.batch_size
    init_default_scope('mmarts')
    torch.manual_seed(args.seed)
    net = JointFinder(cfg, args.joints3d).train()
    if args.load:
        net.backbone.load_state_dict(
            torch.load(args.load, weights_only=True)['state_dict'])
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=args.seed)
    train(net, loader, args.steps, args.lr)
    with whole_file(args.out) as part:
        torch.save(dict(state_dict=net.backbone.state_dict()), part)
    print(f'wrote {args.out}')


if __name__ == '__main__':
    run_or_exit(main)
