# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""UP-3D (arXiv:1701.02468): SMPL fits to pictures of LSP, MPII and others."""
import io
from functools import partial
from pathlib import PurePosixPath
from typing import Optional

import numpy as np

from mmarts.compat.safe_pickle import read_arrays
from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.npy_file import read_npy
from ..formats.smpl_fits import smpl_params
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .people_converter import BodyConverter, Records
from .person_row import PersonRow, points_box
from .pictures import Pictures

_JOINTS = 14
_MARGIN = 0.1
_SPLITS = ('train', 'val', 'test')


@CONVERTERS.register_module(name='up3d')
class UP3D(BodyConverter):
    """``train.txt``, ``val.txt``, ``test.txt`` and ``00000_*`` files.

    ``_body.pkl`` was fitted to a crop that ``_fit_crop_info.txt`` places in
    the picture: the camera is carried back to the picture. It is left out
    where the file turns the camera, which would turn the body as well.
    Nothing says how large a picture is, so their folder is needed.

    Args:
        images: As :class:`PeopleConverter`.
        high_quality: Whether to take those only that people judged high
            (``_quality_info.txt``).
        body: Config of the body that was fitted; neutral SMPL by default.
    """

    title = 'UP-3D'
    joint_set = 'lsp14'

    def __init__(self,
                 images: str = '',
                 high_quality: bool = False,
                 body: Optional[dict] = None) -> None:
        super().__init__(images, body)
        self.high_quality = high_quality

    def parts(self, files: SourceFiles) -> list[Part]:
        found = {
            PurePosixPath(p).name: p
            for p in files
            if p.endswith('.txt') and PurePosixPath(p).stem in (*_SPLITS,
                                                                'trainval')
        }
        names = [s for s in _SPLITS if f'{s}.txt' in found]
        if 'train' not in names and 'trainval.txt' in found:
            names.append('trainval')
        if not names:
            raise ValueError(f'"{files.root}" has no train.txt, val.txt or '
                             f'test.txt; it has {files.summary()}.')
        return [Part(s, s, (found[f'{s}.txt'], )) for s in names]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        pictures.require()
        folder = PurePosixPath(part.paths[0]).parent
        for line in files.read(part.paths[0]).decode('latin-1').split():
            name = PurePosixPath(line).name.removesuffix('_image.png')
            stem = (folder / name).as_posix()
            yield name, partial(self._person, name, stem, files, pictures, log)

    def _person(self, name: str, stem: str, files: SourceFiles,
                pictures: Pictures, log: RecordLog) -> Optional[PersonRow]:
        if self.high_quality:
            words = files.read(f'{stem}_quality_info.txt').split()
            if b'high' not in words:
                return log.skip(name, 'not of high quality')
        joints = read_npy(files, f'{stem}_joints.npy')
        if joints.shape not in ((3, _JOINTS), (2, _JOINTS)):
            raise ValueError(f'{stem}_joints.npy should be (3, {_JOINTS}), '
                             f'but is {joints.shape}')
        if not np.isfinite(joints).all():
            raise ValueError(f'a joint in {name}_joints.npy is not finite')
        path = pictures.find(f'{stem}_image.png', f'{name}_image.png')
        score = joints[2] if len(joints) == 3 else np.ones(_JOINTS)
        if not score.any():
            return log.skip(name, 'without a keypoint')
        points, body = joints[:2].T, read_arrays(
            io.BytesIO(files.read(f'{stem}_body.pkl')), f'{name}_body.pkl')
        return PersonRow(
            name,
            '0',
            0,
            path,
            pictures.size(path),
            np.where(score[:, None] > 0, points, 0),
            score.clip(0, 1),
            box=points_box(points, score > 0, _MARGIN),
            **_body(body, _crop(files, stem)))


def _crop(files: SourceFiles, stem: str) -> np.ndarray:
    """``(6,)`` height and width of the fitted crop; y1 y2 x1 x2 of its place.

    Raises:
        ValueError: If the file holds something else.
    """
    path = f'{stem}_fit_crop_info.txt'
    numbers = np.array(files.read(path).split(), float)
    if numbers.shape != (6, ) or not (numbers[[3, 5]] > numbers[[2, 4]]).all():
        raise ValueError(f'{path} should hold height, width, y1, y2, x1, x2, '
                         f'but holds {numbers.tolist()}')
    return numbers


def _body(body: dict, crop: np.ndarray) -> dict[str, np.ndarray]:
    """SMPL's parameters, and the camera in pixels of the picture."""
    missing = [
        k for k in ('pose', 'betas', 'trans', 't', 'rt', 'f') if k not in body
    ]
    if missing:
        raise ValueError(f'its _body.pkl lacks {missing}')
    turned = np.abs(np.asarray(body['rt'], float)).max() > 1e-6
    if turned:
        return smpl_params(body['pose'], body['betas'], None)
    transl = np.asarray(body['trans'], float) + np.asarray(body['t'], float)
    found = smpl_params(body['pose'], body['betas'], transl)
    height, width, y1, y2, x1, x2 = crop
    focal = float(np.asarray(body['f']).reshape(-1)[0])
    found['K'] = np.array([[focal * (x2 - x1) / width, 0, (x1 + x2) / 2],
                           [0, focal * (y2 - y1) / height, (y1 + y2) / 2],
                           [0, 0, 1]])
    return found
