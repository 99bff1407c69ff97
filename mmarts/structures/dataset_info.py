# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joint sets from mmpose's ``dataset_info``."""
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Mapping, Union

from mmengine.config import Config

from mmarts.compat.optional import OPENMMLAB_COMMAND
from .joint_set import JointSet
from .joint_sets import JOINT_SETS

# mmpose's dataset_name -> the set here that has the same joints in the same
# order, whose anatomical points are known.
_KNOWN = dict(
    h36m='h36m17',
    coco='coco17',
    coco_openpose='openpose18',
    mpii='mpii16',
    aic='aic14',
    posetrack18='posetrack17',
    mpi_inf_3dhp='mpi_inf_3dhp17',
    freihand='freihand21')
_ALIASES = dict(
    root='Pelvis',
    upper_neck='Neck',
    head_bottom='Neck',
    top_head='Head_Top',
    top_of_head='Head_Top')
_ROOTS = ('pelvis', 'root', 'wrist', 'neck', 'left_hip')


def read_dataset_info(source: Union[str, Path, Mapping[str, Any]]) -> JointSet:
    """Make a joint set of mmpose's description of a dataset.

    Args:
        source: The ``dataset_info`` itself, a config that has one, or the
            path of such a config, as :func:`config_path` takes it.

    Returns:
        Named as the dataset, joints by their id. Bones are a tree that spans
        ``skeleton_info``, in its order: links that would close a ring are
        left out, and so are those that do not hang together with the root.

    Raises:
        FileNotFoundError: If there is no such config.
        ImportError: If the config is of a package that is not installed.
        ValueError: If it does not describe a joint set.
    """
    if isinstance(source, (str, Path)):
        return _read_file(str(source))
    info = source.get('dataset_info', source)
    if not isinstance(info, Mapping) or 'keypoint_info' not in info:
        raise ValueError('mmpose describes a dataset by a `dataset_info` with '
                         '`keypoint_info` and `skeleton_info`, but this has '
                         f'{sorted(map(str, source))}.')
    keypoints = [
        info['keypoint_info'][key]
        for key in sorted(info['keypoint_info'], key=int)
    ]
    name = str(info.get('dataset_name', 'dataset'))
    joints = tuple(str(keypoint['name']) for keypoint in keypoints)
    _check_joints(name, joints, keypoints)
    links = [
        tuple(link['link']) for link in info.get('skeleton_info', {}).values()
    ]
    # The root from which most of the skeleton is reached.
    roots = [joint for joint in _ROOTS if joint in joints] + [joints[0]]
    root = max(roots, key=lambda joint: len(_span(joint, links)))
    return JointSet(
        name=name,
        joints=joints,
        bones=_span(root, links),
        pairs=tuple((keypoint['name'], keypoint['swap'])
                    for keypoint in keypoints
                    if keypoint.get('swap') and _is_left(keypoint, keypoints)),
        root=root,
        points=_points(name, joints))


def config_path(name: str) -> Path:
    """Where a config lies.

    Args:
        name: A path, or ``'mmpose::...'``: a path below the configs that the
            package brings along.

    Raises:
        FileNotFoundError: If there is no such config.
        ImportError: If the package is not installed.
    """
    package, colons, inner = name.rpartition('::')
    paths = [Path(name)]
    if colons:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ImportError(f'"{name}" needs "{package}", which is not '
                              'installed; install it with: '
                              f'{OPENMMLAB_COMMAND}')
        folder = Path(spec.origin).parent
        # The second is that of a checkout.
        paths = [
            folder / '.mim/configs' / inner, folder.parent / 'configs' / inner
        ]
    for path in paths:
        if path.is_file():
            return path
    raise FileNotFoundError(f'There is no config file "{name}".')


@lru_cache(maxsize=None)
def _read_file(path: str) -> JointSet:
    config = Config.fromfile(config_path(path))
    try:
        return read_dataset_info(config.to_dict())
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None


def _check_joints(name: str, joints: tuple[str, ...], keypoints: list) -> None:
    repeated = sorted({j for j in joints if joints.count(j) > 1})
    if repeated:
        raise ValueError(f'dataset_info "{name}" names {repeated} twice.')
    partner = {k['name']: k.get('swap') or k['name'] for k in keypoints}
    wrong = [j for j in joints if partner.get(partner[j]) != j]
    if wrong:
        raise ValueError(
            f'dataset_info "{name}" swaps {wrong} with joints that are not '
            'there or do not swap back; `swap` should name the mirror '
            'partner on both sides.')


def _is_left(keypoint: Mapping, keypoints: list) -> bool:
    """Whether a joint comes first in its pair: the left one, if named so."""
    name, other = keypoint['name'], keypoint['swap']
    sides = [n.startswith(('left', 'l_', 'L_')) for n in (name, other)]
    if sides[0] != sides[1]:
        return sides[0]
    names = [k['name'] for k in keypoints]
    return names.index(name) < names.index(other)


def _span(root: str, links: list[tuple]) -> tuple[tuple[str, str], ...]:
    """Links as bones away from the root, a parent's before its children's."""
    reached, bones, waiting = {root}, [], list(links)
    while waiting:
        rest, grown = [], False
        for a, b in waiting:
            if (a in reached) == (b in reached):
                rest.append((a, b))
                continue
            parent, child = (a, b) if a in reached else (b, a)
            bones.append((parent, child))
            reached.add(child)
            grown = True
        if not grown:
            break
        waiting = rest
    return tuple(bones)


def _points(name: str, joints: tuple[str, ...]) -> tuple:
    known = JOINT_SETS.get(_KNOWN.get(name, ''))
    if known is not None and len(known) == len(joints):
        return tuple(zip(joints, known.anatomy))
    return tuple((j, _ALIASES[j]) for j in joints if j in _ALIASES)
