# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures that nobody took: dressed bodies, light, rooms, things, a lens."""
from .backgrounds import Backgrounds
from .body_painter import BodyPainter, Light, Outfit
from .picture_maker import PictureMaker

__all__ = ['Backgrounds', 'BodyPainter', 'Light', 'Outfit', 'PictureMaker']
