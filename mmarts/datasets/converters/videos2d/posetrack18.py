# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PoseTrack18 (CVPR 2018): people in videos, a JSON each or one for all."""
from pathlib import PurePosixPath
from typing import Optional

from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.json_file import need_keys
from ..source_files import SourceFiles
from ..stills.coco_people import CocoPeopleConverter

_SPLITS = ('train', 'val', 'test')


@CONVERTERS.register_module(name='posetrack18')
class PoseTrack18(CocoPeopleConverter):
    """``annotations/{train,val}/*.json``, or ``annotations/*_val.json``.

    A track is a person of a video; frames that nobody annotated are not in
    the file, so that a window ends there.

    Args:
        images: As :class:`PeopleConverter`.
        fits: As :class:`CocoPeopleConverter`.
        body: As :class:`CocoPeopleConverter`.
        fps: Frames a second, which the files do not say.
    """

    title = 'PoseTrack18'
    joint_set = 'posetrack17'

    def __init__(self,
                 images: str = '',
                 fits: tuple[str, ...] = (),
                 body: Optional[dict] = None,
                 fps: float = 30.) -> None:
        super().__init__(images, fits, body, masks=False)
        self.fps = fps or 30.

    def parts(self, files: SourceFiles) -> list[Part]:
        paths = [p for p in files if p.endswith('.json')]
        videos = [p for p in paths if PurePosixPath(p).parent.name in _SPLITS]
        parts = [
            part for path in videos for part in self.slices(
                PurePosixPath(path).parent.name, path, files)
        ] or [
            part for path in paths
            for split in _SPLITS if PurePosixPath(path).stem.endswith(split)
            for part in self.slices(split, path, files)
        ]
        if not parts:
            raise ValueError(
                f'"{files.root}" has no annotations/{{train,val}}/*.json; it '
                f'has {files.summary()}.')
        return parts

    def track(self, image: dict, person: dict) -> tuple[str, str, int]:
        need_keys(person, ('track_id', ), 'it')
        path = PurePosixPath(image['file_name'])
        if not path.stem.isdigit():
            raise ValueError(f'its picture "{path}" should have the number of '
                             'a frame as its name')
        return path.parent.name, str(person['track_id']), int(path.stem)
