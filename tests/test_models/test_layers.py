# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch

from mmarts.models.layers import (CrossAttentionBlock, DropPath, EncoderBlock,
                                  LearnedPosition, MultiHeadAttention)


def test_attention_equals_the_formula():
    layer = MultiHeadAttention(8, 2).double()
    query, source = torch.randn(2, 3, 8).double(), torch.randn(2, 5,
                                                               8).double()
    q = layer.query(query).view(2, 3, 2, 4)
    k, v = (x.view(2, 5, 2, 4) for x in layer.key_value(source).chunk(2, -1))
    weight = (torch.einsum('blhc,bmhc->bhlm', q, k) / 4**0.5).softmax(-1)
    expected = layer.project(
        torch.einsum('bhlm,bmhc->blhc', weight, v).flatten(2))
    torch.testing.assert_close(layer(query, source), expected)


def test_attention_does_not_care_for_the_order_of_sources():
    block = CrossAttentionBlock(8, 2)
    query, source = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    torch.testing.assert_close(
        block(query, source), block(query, source.flip(1)))
    encoder = EncoderBlock(8, 2)
    torch.testing.assert_close(
        encoder(source).flip(1), encoder(source.flip(1)))


def test_position_keeps_ends_near_when_stretched():
    position = LearnedPosition(16, 4)
    with torch.no_grad():
        position.embedding.copy_(torch.arange(16.)[:, None].expand(16, 4))
    assert torch.equal(position(16), position.embedding)
    longer = position(32)
    assert longer.shape == (32, 4)
    assert (longer.diff(dim=0) >= 0).all()
    assert position(1).shape == (1, 4)


def test_heads_must_divide_channels():
    with pytest.raises(ValueError, match='3 heads cannot share 8'):
        MultiHeadAttention(8, 3)


def test_drop_path_leaves_out_whole_samples_and_keeps_the_mean():
    layer, x = DropPath(0.25).train(), torch.ones(4000, 3, 2)
    out = layer(x)
    lost = (out == 0).flatten(1)
    assert torch.equal(lost.all(1), lost.any(1))
    assert out.mean() == pytest.approx(1, abs=0.05)
    assert torch.equal(layer.eval()(x), x)


def test_weights_of_attention_are_those_it_uses():
    layer = MultiHeadAttention(8, num_heads=1)
    query, source = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    weights = layer.weights(query, source)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3))
    value = layer.key_value(source).chunk(2, -1)[1]
    torch.testing.assert_close(
        layer.project(weights @ value), layer(query, source))


def test_a_block_may_update_the_first_tokens_only():
    block, x = EncoderBlock(8, num_heads=2), torch.randn(2, 5, 8)
    torch.testing.assert_close(block(x, count=2), block(x)[:, :2])
