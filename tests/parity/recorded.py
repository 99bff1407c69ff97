# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Values inside a network, as it runs."""
from contextlib import contextmanager


@contextmanager
def recorded(**modules):
    """Inputs and outputs of modules, filled in as they run.

    Gives a dict: name -> (first input, output) of the last call.
    """
    seen, hooks = {}, []
    for name, module in modules.items():

        def keep(_, inputs, output, name=name):
            seen[name] = inputs[0], output

        hooks.append(module.register_forward_hook(keep))
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
