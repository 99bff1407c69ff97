# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""mmarts: a modular toolbox for human mesh recovery on MMEngine."""
from .version import __version__

__all__ = ['__version__']
