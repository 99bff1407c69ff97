# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Human3.6M in the layouts that circulate."""
from .converter import Human36M

__all__ = ['Human36M']
