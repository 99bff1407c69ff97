# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from torch import nn

from mmarts.models.layers.onednn_layers import (OneDNNLinear, PointwiseConv2d,
                                                by_onednn, without_onednn)
from mmarts.models.layers.transformer import MLP


@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('batch', [1, 3])
def test_the_convolution_is_the_same(bias, batch):
    conv = nn.Conv2d(24, 40, 1, bias=bias)
    fast = PointwiseConv2d(conv)
    x = torch.randn(batch, 24, 9, 7)
    with torch.no_grad():
        for layout in (torch.contiguous_format, torch.channels_last):
            one = x.contiguous(memory_format=layout)
            torch.testing.assert_close(fast(one), conv(one))
        with torch.autocast('cpu', torch.bfloat16):
            torch.testing.assert_close(fast(x), conv(x), atol=0.05, rtol=0.05)
    # With gradients, too: then PyTorch's own.
    fast(x).sum().backward()
    expected, = torch.autograd.grad(conv(x).sum(), conv.weight)
    torch.testing.assert_close(fast.weight.grad, expected)
    assert fast.weight is conv.weight and list(fast.state_dict()) == list(
        conv.state_dict())


@pytest.mark.parametrize('conv', [
    nn.Conv2d(4, 4, 3),
    nn.Conv2d(4, 4, 1, stride=2),
    nn.Conv2d(4, 4, 1, groups=2),
    nn.Linear(4, 4)
])
def test_others_are_refused(conv):
    with pytest.raises(ValueError, match='1x1 convolution of stride 1'):
        PointwiseConv2d(conv)


@pytest.mark.parametrize('shape', [(24, ), (1, 24), (5, 24), (2, 3, 24),
                                   (0, 24)])
@pytest.mark.parametrize('bias', [True, False])
def test_the_linear_layer_is_the_same(shape, bias):
    linear = nn.Linear(24, 40, bias=bias)
    fast = OneDNNLinear(linear)
    x = torch.randn(shape)
    with torch.no_grad():
        torch.testing.assert_close(fast(x), linear(x))
        parts = torch.randn(*shape, 2)[..., 0]  # with gaps in memory
        torch.testing.assert_close(fast(parts), linear(parts))
        with torch.autocast('cpu', torch.bfloat16):
            torch.testing.assert_close(fast(x), linear(x))
    fast(x).sum().backward()
    expected, = torch.autograd.grad(linear(x).sum(), linear.weight)
    torch.testing.assert_close(fast.weight.grad, expected)


@pytest.mark.parametrize('bias', [True, False])
def test_bfloat16_rounds_the_factors_alone(bias):
    linear = nn.Linear(64, 40, bias=bias)
    # Sums of these factors are whole numbers that bfloat16 holds.
    with torch.no_grad():
        for value in linear.parameters():
            value.copy_(torch.randint(-1, 2, value.shape))
    fast = OneDNNLinear(linear, 'bfloat16')
    x = torch.randint(-2, 3, (7, 64)).float()
    with torch.no_grad():
        assert fast(x).dtype == torch.float32
        assert torch.equal(fast(x), linear(x))
        # 1 + 2^-9 is 1 in bfloat16.
        assert torch.equal(fast(x * (1 + 2**-9)), linear(x))
    # With gradients the weights are what they are.
    assert torch.equal(fast(x * (1 + 2**-9)), linear(x * (1 + 2**-9)))
    assert fast.state_dict().keys() == linear.state_dict().keys()


@pytest.mark.parametrize('dtype, atol', [('float32', 1e-6),
                                         ('bfloat16', 0.02)])
def test_a_gelu_is_taken_on(dtype, atol):
    net = MLP(64, 48, 32, 8).eval()
    x, names = torch.randn(5, 64), list(net.state_dict())
    with torch.no_grad():
        expected = net(x)
        out = by_onednn(net, dtype)(x)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, expected, atol=atol, rtol=0)
    assert not any(isinstance(m, nn.GELU) for m in net.modules())
    assert list(net.state_dict()) == names
    # With gradients, and by PyTorch alone, the activation is still there.
    torch.testing.assert_close(net(x), expected)
    with torch.no_grad(), without_onednn():
        torch.testing.assert_close(net(x), expected)
    other = nn.Sequential(nn.Linear(4, 4), nn.GELU(approximate='tanh'))
    assert isinstance(by_onednn(other)[1], nn.GELU)


def test_narrow_layers_stay_in_float32():
    x = torch.randn(5, 24)
    linear = nn.Linear(24, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            OneDNNLinear(linear, 'bfloat16')(x), linear(x))
    with pytest.raises(ValueError, match='should be one of'):
        OneDNNLinear(linear, 'float16')


def test_a_model_keeps_its_weights_names_and_training():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 1), nn.Flatten(2), nn.Linear(16, 4),
        nn.MultiheadAttention(4, 2)).train()
    state = {k: v.clone() for k, v in model.state_dict().items()}
    inner = model[3].out_proj  # its weights are read from outside
    assert by_onednn(model) is model and model[2].training
    assert isinstance(model[0], PointwiseConv2d)
    assert isinstance(model[2], OneDNNLinear)
    assert model[3].out_proj is inner
    assert state.keys() == model.state_dict().keys()
    model.load_state_dict(state)
