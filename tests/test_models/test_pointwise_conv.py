# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from torch import nn

from mmarts.models.layers.pointwise_conv import PointwiseConv2d


@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('batch', [1, 3])
def test_it_is_the_convolution(bias, batch):
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
