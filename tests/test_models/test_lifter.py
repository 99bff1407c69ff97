# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.models.lifters import DualStreamLifter, dual_stream_lifter


def make(**kwargs):
    return DualStreamLifter(
        dim=16, depth=2, num_heads=2, context_dim=3, use_score=True,
        **kwargs).eval()


def draw(batch, frames):
    return (torch.randn(batch, frames, 19, 2), torch.rand(batch, frames, 19),
            torch.randn(batch, frames, 3), torch.randn(batch, frames, 8))


@pytest.mark.parametrize('batch, frames', [(1, 16), (2, 1), (3, 7), (1, 40)])
def test_any_length_and_the_root_at_the_origin(batch, frames):
    out = make(feat_dim=8)(*draw(batch, frames))
    assert out.shape == (batch, frames, 19, 3)
    assert not out[:, :, 17].any()  # Pelvis


def test_windows_of_a_batch_do_not_meet():
    lifter, inputs = make(), draw(4, 16)
    whole = lifter(*inputs)
    single = torch.cat(
        [lifter(*(x[i:i + 1] for x in inputs)) for i in range(4)])
    torch.testing.assert_close(whole, single, atol=1e-5, rtol=0)


def test_both_streams_and_both_embeddings_matter():
    lifter, inputs = make(), draw(1, 16)
    lifter(*inputs).square().sum().backward()
    for name, parameter in lifter.named_parameters():
        assert parameter.grad.abs().max() > 0, name


def test_paper_sizes():
    lifter = DualStreamLifter()
    assert len(lifter.blocks) == 3
    assert lifter.embed.out_features == 256
    # 12 transformer layers of 8 C^2 and a little: the release counts 6.9 M
    # with its 2048-d feature and unused blocks.
    count = sum(p.numel() for p in lifter.parameters())
    assert 6.2e6 < count < 6.5e6


@pytest.mark.parametrize('values', [1, 3 * 16 * 19 * 16, 10**9])
def test_pieces_of_a_batch_change_nothing(values, monkeypatch):
    lifter, inputs = make(), draw(7, 16)
    plain = lifter(*inputs)  # with gradients all windows go together
    monkeypatch.setattr(dual_stream_lifter, '_CACHED_VALUES', values)
    with torch.no_grad():
        torch.testing.assert_close(lifter(*inputs), plain, atol=1e-5, rtol=0)
