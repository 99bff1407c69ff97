# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Discriminators of adversarial training."""
from .pose_shape_discriminator import PoseShapeDiscriminator

__all__ = ['PoseShapeDiscriminator']
