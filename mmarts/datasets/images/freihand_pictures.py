# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreiHAND (arXiv:1909.04349) as it is unpacked, without a conversion."""
from pathlib import Path

import numpy as np

from mmarts.registry import DATASETS
from ..converters.record_log import BadRecordError, RecordLog
from ..converters.source_files import SourceFiles
from ..converters.stills import FreiHAND
from .picture_clips import PictureClips

_ARCHIVES = dict(
    training='FreiHAND_pub_v2.zip', evaluation='FreiHAND_pub_v2_eval.zip')
_PAGE = 'https://lmb.informatik.uni-freiburg.de/projects/freihand/'


@DATASETS.register_module()
class FreiHANDPictures(PictureClips):
    """Hands of ``<split>_xyz.json`` and the files beside it.

    The files are read into memory; ``tools/convert_dataset.py freihand``
    makes one that is mapped, for :class:`PictureClips`. A picture is a crop
    already, so that all of it is the box. Lengths of bones
    (``<split>_scale.json``) are not needed: joints are in metres.

    Args:
        root: Folder with ``<split>_*.json`` and ``<split>/rgb``.
        split: ``'training'`` or ``'evaluation'``.
        mano, hand_vertices, rounds: ``mano``, ``vertices`` and ``rounds`` of
            the converter :class:`~mmarts.datasets.converters.FreiHAND`.
        kwargs: Of :class:`PictureClips`.

    Raises:
        FileNotFoundError: Naming the archive that has what is missing.
        ValueError: Naming a broken entry.
    """

    def __init__(self,
                 root: str,
                 split: str = 'training',
                 mano: str = '',
                 hand_vertices: bool = False,
                 rounds: int = 1,
                 **kwargs) -> None:
        if split not in _ARCHIVES:
            raise ValueError(f'split should be one of {list(_ARCHIVES)}, but '
                             f'is "{split}".')
        self.root, self.split = Path(root), split
        self.converter = FreiHAND(
            mano=mano, vertices=hand_vertices, rounds=rounds)
        path = self.root / f'{split}_xyz.json'
        if not path.is_file():
            raise FileNotFoundError(
                f'There is no "{path}"; {_ARCHIVES[split]} of {_PAGE} has it. '
                '`root` names the folder it was unpacked to.')
        options = dict(
            num_frames=1,
            interval=1,
            joint_set='freihand21',
            box='picture',
            name='FreiHAND',
            augment=dict(margin=(1., 1.)))
        super().__init__(str(path), root, **dict(options, **kwargs))

    def _load(self, ann_file: str) -> None:
        files = SourceFiles(self.root)
        part = next(
            p for p in self.converter.parts(files) if p.split == self.split)
        log = RecordLog(path=part.paths[0])
        try:
            chunks = list(self.converter.read(part, files, log))
        except BadRecordError as error:
            raise ValueError(str(error)) from None
        arrays = {
            name: np.concatenate([chunk[name] for chunk in chunks])
            for name in chunks[0]
        }
        values = self.converter.values().items()
        arrays.update({k: np.array(v) for k, v in values})
        self._hold(ann_file, arrays)
