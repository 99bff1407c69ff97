# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pre-train PointHMR's backbone on 2D joints.

The supplement's HRNet comes from a network that finds joints in pictures;
this is its like for small backbones, on the pictures of a config. A 1x1
convolution makes a heatmap for each joint of the backbone's fine map; its
loss is that of PointHMR's heatmaps. What is written is for
`model.backbone.init_cfg`.
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
from mmarts.models.losses import HeatmapLoss
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file


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
    return parser.parse_args()


class JointFinder(nn.Module):
    """A backbone and a heatmap for each joint.

    Args:
        cfg: A config of PointHMR.
    """

    def __init__(self, cfg) -> None:
        super().__init__()
        self.preprocess = MODELS.build(
            cfg.model.get('data_preprocessor')
            or dict(type='WindowPreprocessor'))
        self.backbone = build_any_model(cfg.model.backbone)
        self.head = nn.Conv2d(cfg.model.sampler.in_dims[0],
                              len(get_joint_set(cfg.model.joint_set)), 1)
        self.criterion = HeatmapLoss()

    def forward(self, batch: dict) -> torch.Tensor:
        """Loss of a batch of the config's data."""
        batch = self.preprocess(batch, True)
        image = batch['inputs']['image'].flatten(0, 1)
        logits = self.head(self.backbone(image)[0])
        like = logits.new_zeros(len(image), 1, logits.shape[1], 2)
        target, valid = stack_targets(batch['data_samples'],
                                      'keypoints2d_crop', like)
        return self.criterion(logits, target[:, 0], valid[:, 0])


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
    net = JointFinder(cfg).train()
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=args.seed)
    train(net, loader, args.steps, args.lr)
    with whole_file(args.out) as part:
        torch.save(dict(state_dict=net.backbone.state_dict()), part)
    print(f'wrote {args.out}')


if __name__ == '__main__':
    run_or_exit(main)
