# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A network over the windows of a track, batched and merged."""
from types import SimpleNamespace

import pytest
import roma
import torch

from mmarts.apis.windows import run_windows, windows_of

FRAMES, LENGTH = 21, 6


def by_frame(inputs):
    """Stands for a network: a turn about x that a frame's keypoints tell."""
    value = inputs['keypoints2d'][..., :1, 0]  # (B, T, 1)
    angle = torch.zeros(*value.shape, 3)
    angle[..., 0] = value
    turns = roma.rotvec_to_rotmat(angle)
    offset = inputs['image_size'][:, None, :1].expand(*value.shape[:2], 1)
    return dict(global_orient=turns, body_pose=turns.mT, betas=offset)


@pytest.fixture
def track():
    keypoints = torch.zeros(FRAMES, 3, 2)
    keypoints[:, 0, 0] = torch.linspace(-1, 1, FRAMES)
    return dict(keypoints2d=keypoints, image_size=torch.tensor([7., 5.]))


class Network(SimpleNamespace):

    def __call__(self, inputs):
        return by_frame(inputs)


def network():
    return Network(num_frames=LENGTH, body_model=SimpleNamespace(num_joints=2))


@pytest.mark.parametrize('stride', [1, 3, LENGTH])
@pytest.mark.parametrize('batch_size', [1, 4, 100])
def test_frames_that_all_windows_agree_on_are_kept(track, stride, batch_size):
    rotmats, betas = run_windows(network(), track, stride, batch_size)
    expected = by_frame(windows_of(track, torch.arange(FRAMES)[None]))
    torch.testing.assert_close(rotmats[:, 0], expected['global_orient'][0, :,
                                                                        0])
    torch.testing.assert_close(rotmats[:, 1], expected['body_pose'][0, :, 0])
    assert (betas == 7).all() and betas.shape[1:] == (1, )


def test_a_track_shorter_than_a_window_holds_its_last_frame(track):
    track = dict(track, keypoints2d=track['keypoints2d'][:4])
    rotmats, betas = run_windows(network(), track, 3, 8)
    assert rotmats.shape == (4, 2, 3, 3) and len(betas) == 1


def test_what_has_no_time_axis_is_the_same_for_all_windows(track):
    rows = torch.tensor([[0, 1, 2], [18, 19, 20]])
    batch = windows_of(track, rows)
    assert torch.equal(batch['keypoints2d'][1], track['keypoints2d'][18:])
    assert batch['image_size'].tolist() == [[7., 5.], [7., 5.]]
