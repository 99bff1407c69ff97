# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.body_models.kinematics import bone_lengths
from mmarts.models.disentangle import SkeletonNoise
from mmarts.structures import MeshDataSample, get_joint_set

COCO19 = get_joint_set('coco19')


def window(first, count=16, sequence='walk'):
    return MeshDataSample(
        metainfo=dict(
            dataset='toy',
            sequence=sequence,
            person='0',
            frame_index=torch.arange(first, first + count).numpy()))


def noise_of(module, *samples):
    """What is added to a skeleton at the origin: ``(B, T, 19, 3)``."""
    frames = len(samples[0].frame_index)
    return module(torch.zeros(len(samples), frames, 19, 3), list(samples))


@pytest.fixture
def module(free_body):
    return SkeletonNoise(free_body, 0.1).eval()


def test_its_size_is_that_part_of_the_mean_bone(free_body, module):
    noise = noise_of(module, window(0, 400))
    rest = free_body.rest_joints(torch.zeros(10), 'coco19')
    mean = float(bone_lengths(rest, COCO19.bone_indices).mean())
    moved = [k for k in range(19) if k != COCO19.root_index]
    assert float(noise[..., moved, :].std()) == pytest.approx(
        0.1 * mean, rel=0.03)
    assert not noise[..., COCO19.root_index, :].any()


def test_frames_and_joints_are_independent(module):
    noise = noise_of(module, window(0, 400))[0, :, 1:].flatten(1)
    correlation = torch.corrcoef(noise[:, :30].T) - torch.eye(30)
    assert correlation[:17, :17].abs().mean() < 0.08
    over_time = (noise[1:] * noise[:-1]).mean() / noise.square().mean()
    assert over_time.abs() < 0.03


def test_a_frame_has_its_noise_in_every_window_and_batch(module):
    whole = noise_of(module, window(0, 32))
    parts = noise_of(module, window(16), window(8), window(0))
    for part, start in zip(parts, (16, 8, 0)):
        assert torch.equal(part, whole[0, start:start + 16])


def test_other_tracks_and_seeds_have_other_noise(free_body, module):
    one = noise_of(module, window(0))
    assert not torch.equal(one, noise_of(module, window(0, sequence='run')))
    other = SkeletonNoise(free_body, 0.1, seed=1).eval()
    assert not torch.equal(one, noise_of(other, window(0)))


def test_training_sees_the_skeleton_itself(module):
    joints = torch.randn(1, 16, 19, 3)
    assert module.train()(joints, None) is joints


@pytest.mark.robustness
def test_without_samples_it_says_what_to_do(module):
    with pytest.raises(ValueError, match="mode 'predict'"):
        module(torch.zeros(1, 16, 19, 3))
