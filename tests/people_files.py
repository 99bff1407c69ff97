# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Writes tiny files of datasets in their original formats."""
import json

import cv2
import numpy as np


def write_picture(path, width, height):
    """A grey JPEG or PNG of that size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))


def write_json(path, content):
    """JSON, NaN included, as Python and many others write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def cut_short(path):
    """Keep the first half of a file, as an interrupted download does."""
    data = path.read_bytes()
    path.write_bytes(data[:len(data) // 2])
