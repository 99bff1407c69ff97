# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Errors of velocity and of acceleration."""
from .accel_error import AccelError
from .velocity_error import VelocityError

__all__ = ['AccelError', 'VelocityError']
