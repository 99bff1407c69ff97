# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""BlazePose as a fixed trunk."""
import pytest
import torch

from mmarts.datasets import FreeMotionImages
from mmarts.models.backbones.blazepose_parts import JOINTS, BlazePoseParts
from mmarts.registry import MODELS

pytest.importorskip('ai_edge_litert')
LIMBS = ('Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle')


def test_limbs_of_drawn_people_are_where_they_are_drawn():
    data = FreeMotionImages('test', joint_set='lsp14', stride=40, views=1)
    items = [data[i] for i in range(0, 24, 3)]
    images = torch.cat([item['inputs']['image'] for item in items])
    parts = MODELS.build(dict(type='BlazePoseParts'))
    out = parts(images / 255.)
    assert out.shape == (len(items), 2 * len(JOINTS) + 288)
    skeleton = out[:, :2 * len(JOINTS)].unflatten(1, (-1, 2))
    away = []
    for item, found in zip(items, skeleton):
        sample = item['data_samples']
        for name in LIMBS:
            for side, letter in (('left', 'L'), ('right', 'R')):
                index, = data.motion.joint_set.index(f'{letter}_{name}')
                ours = JOINTS.index(f'{side}_{name.lower()}')
                away.append(sample.keypoints2d_crop[0, index] - found[ours])
    # A crop is 2 wide.
    assert torch.stack(away).norm(dim=-1).median() < 0.15
    # Any size of crop is looked at.
    small = torch.nn.functional.avg_pool2d(images / 255., 2)
    assert (BlazePoseParts()(small)[:, :26] -
            out[:, :26]).abs().median() < 0.05
