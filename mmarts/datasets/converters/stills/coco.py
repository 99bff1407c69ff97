# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""COCO keypoints (arXiv:1405.0312), 2014 and 2017."""
import re
from pathlib import PurePosixPath

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..source_files import SourceFiles
from .coco_people import CocoPeopleConverter
from .pictures import Pictures

_NAME = re.compile(r'person_keypoints_((?:train|val)\w*)\.json')


@CONVERTERS.register_module(name='coco')
class COCO(CocoPeopleConverter):
    """``annotations/person_keypoints_*.json``, or any other COCO-style JSON
    with COCO's 17 keypoints at the top of the folder.

    Each file is a split of its own.
    """

    title = 'COCO keypoints'
    joint_set = 'coco17'

    def parts(self, files: SourceFiles) -> list[Part]:
        found = {
            m[1]: path
            for path in files
            if (m := _NAME.fullmatch(PurePosixPath(path).name))
        } or {
            PurePosixPath(path).stem: path
            for path in files if path.endswith('.json') and '/' not in path
        }
        if not found:
            raise ValueError(
                f'"{files.root}" has no annotations/person_keypoints_*.json; '
                f'it has {files.summary()}.')
        return [
            part for split, path in found.items()
            for part in self.slices(split, path, files)
        ]

    def picture_path(self, part: Part, image: dict, pictures: Pictures) -> str:
        name = image['file_name']
        if _NAME.fullmatch(PurePosixPath(part.paths[0]).name):
            return pictures.find(f'{part.split}/{name}', name,
                                 f'images/{part.split}/{name}')
        return name
