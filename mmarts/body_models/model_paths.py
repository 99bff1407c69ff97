# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Where the files of licensed bodies are looked for, and under which names.

A relative path is tried as it is, then below the folder that the environment
variable ``MMARTS_BODY_MODELS`` names, then below ``data/body_models``.
"""
import os
from pathlib import Path
from typing import Optional, Union

ROOT_VARIABLE = 'MMARTS_BODY_MODELS'
DEFAULT_ROOT = 'data/body_models'
# Names the files come with or are known under, case aside; {variant} is a
# gender or a side, {letter} neutral, m or f.
_OFFICIAL_NAMES = {
    'SMPL': ('SMPL_{variant}.npz', 'SMPL_{variant}.pkl',
             'basicModel_{letter}_lbs_10_207_0_v1.1.0.pkl',
             'basicModel_{letter}_lbs_10_207_0_v1.0.0.pkl'),
    'SMPLX': ('SMPLX_{variant}.npz', 'SMPLX_{variant}.pkl'),
    'SMPLH':
    ('SMPLH_{variant}.npz', 'SMPLH_{variant}.pkl', '{variant}/model.npz'),
    'MANO': ('MANO_{variant}.pkl', 'MANO_{variant}.npz'),
}
# Folders below a root, case aside: mmarts' and smplx's own, then those that
# the downloads unpack to.
_FOLDERS = {
    'SMPL': ('smpl', 'smpl/models', ''),
    'SMPLX': ('smplx', 'models/smplx', ''),
    'SMPLH': ('smplh', 'mano_v1_2/models', ''),
    'MANO': ('mano', 'mano_v1_2/models', ''),
}
_VARIANTS = {
    kind: ('NEUTRAL', 'MALE', 'FEMALE')
    for kind in ('SMPL', 'SMPLX', 'SMPLH')
} | dict(MANO=('RIGHT', 'LEFT'))
_LETTERS = dict(NEUTRAL='neutral', MALE='m', FEMALE='f')
_PAGES = dict(
    SMPL='https://smpl.is.tue.mpg.de',
    SMPLX='https://smpl-x.is.tue.mpg.de',
    SMPLH='https://mano.is.tue.mpg.de',
    MANO='https://mano.is.tue.mpg.de')


def search_roots() -> list[Path]:
    """Folders below which relative paths and official names are looked for."""
    named = os.environ.get(ROOT_VARIABLE)
    return [Path(p) for p in (named, DEFAULT_ROOT) if p]


def find_body_file(kind: str,
                   path: Union[None, str, Path] = None,
                   variant: str = 'neutral') -> Path:
    """File of a body: by path, or by any of its official names.

    Args:
        kind: ``'SMPL'``, ``'SMPLX'``, ``'SMPLH'`` or ``'MANO'``.
        path: Of the file; ``variant`` is not looked at then.
        variant: ``'neutral'``, ``'male'``, ``'female'``; a hand's
            ``'right'``, ``'left'``.

    Raises:
        ValueError: If the kind has no such variant.
        FileNotFoundError: Saying what was looked for where, and where it can
            be had.
    """
    if path:
        found = _first_file(path)
        wanted, places = f'"{path}"', _tried(path)
    else:
        found = _by_name(kind, variant)
        wanted = f'{kind}, {variant} ({", ".join(_names(kind, variant))})'
        places = [str(root) for root in search_roots()]
    if found is None:
        # The free body has no fingers.
        free = '' if kind == 'MANO' else (
            " body_model=dict(type='FreeBody') needs no file.")
        raise FileNotFoundError(
            f'There is no body model file {wanted}; looked in '
            f'{", ".join(places)}. It is free for research after registration '
            f'at {_PAGES[kind]}; docs/body_models.md says which file goes '
            f'where, {ROOT_VARIABLE} names another folder.{free}')
    return found


def find_array_file(path: Union[str, Path]) -> Path:
    """A joint regressor or other ``.npy``/``.npz`` that goes with a body.

    Raises:
        FileNotFoundError: Saying where it was looked for.
    """
    found = _first_file(path)
    if found is None:
        raise FileNotFoundError(
            f'There is no file "{path}"; looked in '
            f'{", ".join(_tried(path))}. docs/body_models.md says which '
            f'files a body needs; {ROOT_VARIABLE} names another folder.')
    return found


def official_name(kind: str, path: Union[str, Path]) -> str:
    """``'SMPL_NEUTRAL'`` for any official name of that file, else its stem.

    One body so has one name, however its file is called.
    """
    path = Path(path)
    ending = f'{path.parent.name}/{path.name}'.lower()
    for variant in _VARIANTS[kind]:
        for name in _names(kind, variant):
            if ending.endswith(f'/{name.lower()}') or ending == name.lower():
                return f'{kind}_{variant}'
    return path.stem


def _names(kind: str, variant: str) -> list[str]:
    variant = variant.upper()
    if variant not in _VARIANTS[kind]:
        expected = ', '.join(v.lower() for v in _VARIANTS[kind])
        raise ValueError(f'{kind} comes as {expected}, not as '
                         f'"{variant.lower()}".')
    return [
        name.format(variant=variant, letter=_LETTERS.get(variant))
        for name in _OFFICIAL_NAMES[kind]
    ]


def _tried(path: Union[str, Path]) -> list[str]:
    """Every place a path stands for: an absolute one only for itself."""
    roots = [] if Path(path).is_absolute() else search_roots()
    return [str(place) for place in (Path(path), *(r / path for r in roots))]


def _first_file(path: Union[str, Path]) -> Optional[Path]:
    return next((Path(p) for p in _tried(path) if Path(p).is_file()), None)


def _by_name(kind: str, variant: str) -> Optional[Path]:
    names = _names(kind, variant)
    for root in search_roots():
        for folder in _FOLDERS[kind]:
            for name in names:
                found = _without_case(root, f'{folder}/{name}')
                if found is not None and found.is_file():
                    return found
    return None


def _without_case(root: Path, relative: str) -> Optional[Path]:
    """The path below a root whose parts differ at most in case."""
    for part in Path(relative.lstrip('/')).parts:
        if not root.is_dir():
            return None
        alike = [p for p in root.iterdir() if p.name.lower() == part.lower()]
        if not alike:
            return None
        root = min(alike)
    return root
