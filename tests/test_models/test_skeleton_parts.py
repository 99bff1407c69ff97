# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import torch

from mmarts.models.disentangle import SkeletonParts
from mmarts.structures import get_joint_set


def test_equations_2_and_3_by_hand():
    joints = torch.randn(2, 5, 19, 3)
    same, lengths, motion = SkeletonParts('coco19')(joints)
    assert torch.equal(same, joints)
    for n, (i, j) in enumerate(get_joint_set('coco19').bone_indices):
        expected = sum((joints[:, t, i] - joints[:, t, j]).norm(dim=-1)
                       for t in range(5)) / 5
        torch.testing.assert_close(lengths[:, n], expected)
    steps = torch.stack([joints[:, t] - joints[:, t - 1] for t in range(1, 5)],
                        1)
    torch.testing.assert_close(motion[:, 1:], steps)
    torch.testing.assert_close(motion[:, 0], steps.mean(1))


def test_a_still_has_no_motion():
    _, lengths, motion = SkeletonParts('coco19')(torch.randn(3, 1, 19, 3))
    assert motion.shape == (3, 1, 19, 3) and not motion.any()
    assert lengths.shape == (3, 18)
