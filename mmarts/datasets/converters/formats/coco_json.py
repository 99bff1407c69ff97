# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""COCO-style JSON: pictures, people, keypoints, outlines."""
import io
from contextlib import redirect_stdout
from typing import Optional

import numpy as np

from mmarts.compat.optional import import_optional
from .json_file import need_keys


class CocoFile:
    """A COCO-style annotation file, indexed by xtcocotools.

    Args:
        content: Of the JSON.
        name: Of the file, for messages.
        keypoints: Keypoints a person has; other files are refused. None
            where people are described in another way.

    Raises:
        ValueError: If it is no file of that schema.
        ImportError: Without xtcocotools.
    """

    def __init__(self,
                 content: dict,
                 name: str,
                 keypoints: Optional[int] = None) -> None:
        need_keys(content, ('images', 'annotations'), name)
        for key in ('images', 'annotations'):
            if not isinstance(content[key], list):
                raise ValueError(f'{name}: "{key}" should be a list')
        self.keypoints = keypoints
        self._check_categories(content.get('categories', []))
        # Entries that the index would trip over.
        self.bad: list[tuple[str, str]] = []
        self._refuse(content, 'images', ('id', 'file_name'))
        self._refuse(content, 'annotations', ('id', 'image_id'))
        self._index = import_optional('xtcocotools.coco').COCO()
        self._index.dataset = content
        with redirect_stdout(io.StringIO()):  # it prints its progress
            self._index.createIndex()

    def _check_categories(self, categories: list) -> None:
        for category in categories:
            names = category.get('keypoints')
            if None not in (names, self.keypoints) and \
                    len(names) != self.keypoints:
                raise ValueError(
                    f'it has {len(names)} keypoints a person ("{names[0]}" '
                    f'...), but {self.keypoints} were expected: is it of '
                    'another dataset?')

    def _refuse(self, content: dict, name: str, keys: tuple) -> None:
        """Take entries without the needed keys out of a list."""
        kept, seen = [], set()
        for number, entry in enumerate(content[name]):
            try:
                need_keys(entry, keys, 'it')
                if entry['id'] in seen:
                    raise ValueError(f'its id {entry["id"]} comes twice')
            except ValueError as error:
                self.bad.append((f'{name}[{number}]', str(error)))
                continue
            seen.add(entry['id'])
            kept.append(entry)
        content[name] = kept

    @property
    def people(self) -> list[dict]:
        """Annotations, in the order of the file."""
        return self._index.dataset['annotations']

    def picture(self, person: dict) -> dict:
        """Entry of an annotation's picture.

        Raises:
            ValueError: If there is none.
        """
        if person['image_id'] not in self._index.imgs:
            raise ValueError(f'there is no image {person["image_id"]} in the '
                             'file')
        return self._index.imgs[person['image_id']]

    def points(self, person: dict) -> tuple[np.ndarray, np.ndarray]:
        """Keypoints ``(K, 2)``, as the file has them, and flags ``(K,)``.

        Raises:
            ValueError: If their number is wrong.
        """
        values = np.asarray(person.get('keypoints', ()), float)
        if values.shape != (3 * self.keypoints, ):
            raise ValueError(f'"keypoints" should be {3 * self.keypoints} '
                             f'numbers, but has the shape {values.shape}')
        values = values.reshape(-1, 3)
        return values[:, :2], values[:, 2]


def image_shape(image: dict) -> Optional[tuple[int, int]]:
    """``(width, height)`` that a file gives for a picture, if it does."""
    if 'width' not in image or 'height' not in image:
        return None
    return int(image['width']), int(image['height'])
