# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Human3.6M (Ionescu et al., PAMI 2014) in any of three layouts."""
from typing import Any, Iterator, Optional

import numpy as np

from mmarts.registry import CONVERTERS
from ...dataset_converter import DatasetConverter, Part
from ...image_files import ImageFiles
from ...record_log import RecordLog
from ...source_files import SourceFiles
from ..bodies import Bodies
from ..track import check_rate
from .cdf_reader import Human36MCDF
from .common import SOURCE_FPS
from .json_reader import Human36MJSON
from .mmpose_reader import Human36MMMPose


@CONVERTERS.register_module(name='h36m')
class Human36M(DatasetConverter):
    """Sequences of Human3.6M, a track for each camera.

    The layout is told by its files: annotations of Pose2Mesh, of mmpose, or
    the original CDF files with ``metadata.xml``.

    Args:
        fps: Rate of the result, at most 50; 0 keeps it.
        images: Folder that holds the pictures; they are looked for.
        joint_set: ``'h36m17'``: joints of motion capture; another set: of
            the SMPL fits, which Pose2Mesh's layout has.
        fit_limit_mm: SMPL fits whose joints are further than that from
            motion capture, on average, are masked (Pose2Mesh, section 5).
        smpl: Whether SMPL fits are read, where the layout has them; the
            neutral body is needed then.
        bodies: ``neutral`` -> config of the body, instead of official SMPL.

    Raises:
        ValueError: If joints of fits are asked for, and no fits.
    """

    title = 'Human3.6M'

    def __init__(self,
                 fps: float = 0,
                 images: str = '',
                 joint_set: str = 'h36m17',
                 fit_limit_mm: float = 25.,
                 smpl: bool = True,
                 bodies: Optional[dict] = None) -> None:
        if joint_set != 'h36m17' and not smpl:
            raise ValueError(
                f'"{joint_set}" joints come from SMPL fits, which '
                'smpl=False leaves out.')
        self.fps = check_rate(fps, SOURCE_FPS)
        self.joint_set = joint_set
        pictures = ImageFiles(images)
        self.bodies = Bodies(joint_set, bodies, ('h36m17', ))
        self.readers = {
            'json':
            Human36MJSON(self.fps, pictures, self.bodies if smpl else None,
                         fit_limit_mm),
            'mmpose':
            Human36MMMPose(self.fps, pictures),
            'cdf':
            Human36MCDF(self.fps, pictures)
        }

    def parts(self, files: SourceFiles) -> list[Part]:
        """Subjects, archives or motions, as the layout has them."""
        for key, reader in self.readers.items():
            parts = reader.parts(files)
            if not parts:
                continue
            if key != 'json' and self.joint_set != 'h36m17':
                raise ValueError(
                    f'This layout of Human3.6M has no SMPL fits to make '
                    f'"{self.joint_set}" of; its joint_set is "h36m17".')
            return parts
        raise ValueError(
            f'"{files.root}" has none of Human36M_subject*_data.json '
            '(Pose2Mesh), h36m_coco*.json with cameras.pkl (mmpose), '
            'D3_Positions/*.cdf with metadata.xml (the original); it has '
            f'{files.summary()}.')

    def values(self) -> dict[str, Any]:
        """Rate and joint set; rows with SMPL fits name their body."""
        return dict(
            fps=self.fps,
            source_fps=SOURCE_FPS,
            joint_set=self.joint_set,
            body_model_id='')

    def read(self, part: Part, files: SourceFiles,
             log: RecordLog) -> Iterator[dict[str, np.ndarray]]:
        """Tracks of one part, by the reader that listed it."""
        return self.readers[part.key.split()[0]].read(part, files, log)
