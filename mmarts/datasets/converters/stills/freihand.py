# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreiHAND (arXiv:1909.04349): original JSON, and COCO-style."""
from functools import lru_cache, partial
from pathlib import PurePosixPath

import numpy as np
import torch

from mmarts.body_models import MANO
from mmarts.body_models.model_paths import find_body_file
from mmarts.compat.safe_pickle import load_arrays
from mmarts.registry import CONVERTERS
from ..dataset_converter import Part
from ..formats.json_file import read_json
from ..record_log import RecordLog
from ..source_files import SourceFiles
from .coco_people import CocoPeopleConverter
from .people_converter import Records
from .person_row import PersonRow, points_box
from .pictures import Pictures

_JOINTS, _VERTICES, _SIDE = 21, 778, 224
_SPLITS = ('training', 'evaluation')
_MARGIN = 0.1
# A hand's picture has other backgrounds in the training set's later rounds.
_ROUNDS = 4


@CONVERTERS.register_module(name='freihand')
class FreiHAND(CocoPeopleConverter):
    """``training_xyz.json`` and the files beside it, or COCO-style JSON.

    Keypoints are the joints through the camera. MANO's pose is written
    where ``mano`` is given: the files have it relative to a mean hand, which
    only MANO's own file holds.

    Args:
        images: As :class:`PeopleConverter`.
        mano: ``MANO_RIGHT.pkl``; without, there are joints but no pose.
        vertices: Whether to read ``*_verts.json`` where it is there; that
            of the training set takes 10 GB of memory.
        rounds: Pictures of each training hand, 1 to 4: the first is before
            the green screen, the others have other backgrounds.
    """

    title = 'FreiHAND'
    joint_set = 'freihand21'

    def __init__(self,
                 images: str = '',
                 mano: str = '',
                 vertices: bool = False,
                 rounds: int = 1) -> None:
        super().__init__(images, masks=False)
        if not 1 <= rounds <= _ROUNDS:
            raise ValueError(f'rounds should be 1 to {_ROUNDS}, but is '
                             f'{rounds}.')
        if mano:  # found among the bodies, if it is no path itself
            mano = str(find_body_file('MANO', mano, 'right'))
        self.mano, self.vertices, self.rounds = mano, vertices, rounds

    def outside_files(self) -> tuple[str, ...]:
        return (self.mano, ) if self.mano else ()

    def body_model_id(self) -> str:
        return _mano(self.mano)[0].body_model_id if self.mano else ''

    def parts(self, files: SourceFiles) -> list[Part]:
        found = {
            PurePosixPath(p).name: p
            for p in files if p.endswith('.json')
        }
        parts = []
        for split in _SPLITS:
            names = [
                f'{split}_{n}.json' for n in ('xyz', 'K', 'mano', 'verts')
            ]
            if names[0] in found:
                paths = tuple(found[n] for n in names if n in found)
                parts.append(Part(split, split, paths, 'original'))
        if parts:
            return parts
        if not found:
            raise ValueError(f'"{files.root}" has no training_xyz.json and no '
                             f'other JSON; it has {files.summary()}.')
        return [
            part for name, path in found.items()
            for part in self.slices(PurePosixPath(name).stem, path, files)
        ]

    def records(self, part: Part, files: SourceFiles, pictures: Pictures,
                log: RecordLog) -> Records:
        if part.key != 'original':
            yield from super().records(part, files, pictures, log)
            return
        lists = {
            PurePosixPath(p).stem.split('_')[-1]: read_json(files, p, list)
            for p in part.paths
            if self.vertices or not p.endswith('_verts.json')
        }
        if 'K' not in lists:
            raise ValueError(f'{part.split}_K.json is not beside it')
        counts = {name: len(entries) for name, entries in lists.items()}
        if len(set(counts.values())) > 1:
            raise ValueError(f'the files of {part.split} should have one '
                             f'entry a hand, but have {counts}')
        rounds = self.rounds if part.split == 'training' else 1
        for i in range(rounds * counts['xyz']):
            hand = {
                name: entries[i % counts['xyz']]
                for name, entries in lists.items()
            }
            yield f'entry {i}', partial(self._hand, part.split, i, hand,
                                        pictures)

    def _hand(self, split: str, number: int, hand: dict,
              pictures: Pictures) -> PersonRow:
        K, joints = np.array(hand['K'], float), np.array(hand['xyz'], float)
        if K.shape != (3, 3) or joints.shape != (_JOINTS, 3):
            raise ValueError(f'K and xyz should be (3, 3) and ({_JOINTS}, 3), '
                             f'but are {K.shape} and {joints.shape}')
        if not (joints[:, 2] > 0).all():  # NaN included
            raise ValueError('a joint is behind the camera or not finite')
        points = joints @ K.T
        points = points[:, :2] / points[:, 2:]
        path = f'{split}/rgb/{number:08}.jpg'
        row = PersonRow(
            f'{split}/{number:08}',
            '0',
            0,
            path,
            pictures.size(path, (_SIDE, _SIDE)),
            points,
            np.ones(_JOINTS),
            box=points_box(points, np.ones(_JOINTS, bool), _MARGIN),
            K=K,
            joints3d=joints)
        if self.vertices and 'verts' in hand:
            row.vertices = np.array(hand['verts'], float)
            if row.vertices.shape != (_VERTICES, 3):
                raise ValueError(f'verts should be ({_VERTICES}, 3), but is '
                                 f'{row.vertices.shape}')
        if self.mano and 'mano' in hand:
            for name, value in self._pose(hand['mano'], joints[0]).items():
                setattr(row, name, value)
        return row

    def _pose(self, numbers: list, wrist: np.ndarray) -> dict[str, np.ndarray]:
        """MANO's parameters: 48 of pose, 10 of shape, 3 of a camera."""
        values = np.array(numbers, float).reshape(-1)
        if values.shape != (61, ):
            raise ValueError(f'mano should be 61 numbers, but is '
                             f'{values.size}')
        hand, mean = _mano(self.mano)
        betas = torch.as_tensor(values[48:58], dtype=torch.float32)
        # The wrist stays where it is when the hand turns about it.
        rest = hand.rest_joints(betas[None])[0, 0].numpy()
        return dict(
            global_orient=values[None, :3],
            body_pose=(values[3:48] + mean).reshape(15, 3),
            betas=values[48:58],
            transl=wrist - rest)


@lru_cache(maxsize=1)
def _mano(path: str) -> tuple[MANO, np.ndarray]:
    """The hand, and its mean pose ``(45,)``, radians.

    Raises:
        FileNotFoundError: If the file is not there.
    """
    return MANO(path).eval(), load_arrays(path)['hands_mean'].reshape(45)
