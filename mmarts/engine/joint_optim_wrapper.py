# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Network and discriminator, each with its optimiser, in one step."""
from contextlib import ExitStack, contextmanager
from typing import Iterator, Optional

from mmengine.optim import OptimWrapperDict, build_optim_wrapper
from torch import Tensor, nn

from mmarts.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS
from mmarts.utils.models import unwrap_model


@OPTIM_WRAPPERS.register_module()
class JointOptimWrapper(OptimWrapperDict):
    """An ``OptimWrapperDict`` whose members step on one loss together.

    MMEngine asks a model with several optimisers for a ``train_step`` of its
    own, which its DDP then does not call. Here the losses of an adversarial
    step come from one forward pass, each with gradients for its own
    parameters alone, so that the usual ``train_step`` does.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Contexts of all members: automatic precision, accumulation."""
        with ExitStack() as stack:
            for wrapper in self.optim_wrappers.values():
                stack.enter_context(wrapper.optim_context(model))
            yield

    def update_params(self, loss: Tensor) -> None:
        """One backward pass, then a step of every member."""
        wrappers = list(self.optim_wrappers.values())
        loss = wrappers[0].scale_loss(loss)
        wrappers[0].backward(loss)
        # Each counts its own iterations; they step in the same ones.
        for wrapper in wrappers[1:]:
            wrapper._inner_count += 1
        for wrapper in wrappers:
            if wrapper.should_update():
                wrapper.step()
                wrapper.zero_grad()


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class AdversarialConstructor:
    """Two optimisers: one for the discriminator, one for all else.

    Args:
        optim_wrapper_cfg: Config of the network's wrapper. Its key
            ``discriminator`` holds what is different for the
            discriminator's; DSD's release has Adam at 1e-4 there.
        paramwise_cfg: MMEngine's, for the network.
    """

    def __init__(self,
                 optim_wrapper_cfg: dict,
                 paramwise_cfg: Optional[dict] = None) -> None:
        self.network = dict(optim_wrapper_cfg)
        self.discriminator = dict(self.network,
                                  **self.network.pop('discriminator'))
        self.discriminator.pop('discriminator', None)
        if paramwise_cfg:
            self.network['paramwise_cfg'] = paramwise_cfg

    def __call__(self, model: nn.Module) -> JointOptimWrapper:
        """Wrappers ``network`` and ``discriminator``.

        Raises:
            ValueError: If the model has no discriminator.
        """
        model = unwrap_model(model)
        if getattr(model, 'discriminator', None) is None:
            raise ValueError(
                'AdversarialConstructor expects a model with a discriminator, '
                f'but {type(model).__name__} has none; give it one, or take '
                '`constructor` off `optim_wrapper`.')
        rest = nn.ModuleDict({
            name: child
            for name, child in model.named_children()
            if name != 'discriminator'
        })
        return JointOptimWrapper(
            network=build_optim_wrapper(rest, self.network),
            discriminator=build_optim_wrapper(model.discriminator,
                                              self.discriminator))
