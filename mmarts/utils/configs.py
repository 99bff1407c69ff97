# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The configs that ship with mmarts."""
from pathlib import Path
from typing import Union

_PACKAGE = Path(__file__).parents[1]
# In a wheel, where OpenMMLab's tools look for them; beside a checkout.
_FOLDERS = (_PACKAGE / '.mim' / 'configs', _PACKAGE.parent / 'configs')


def config_path(name: Union[str, Path]) -> Path:
    """File of a config that ships with mmarts, for ``Config.fromfile``.

    Args:
        name: Path below ``configs``, such as
            ``'arts/arts-tiny_freemotion.py'``.

    Raises:
        FileNotFoundError: If there is no such config; names those there are.
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    there = sorted(
        str(path.relative_to(folder)) for folder in _FOLDERS
        for path in folder.glob('*/*.py') if path.parent.name != '_base_')
    raise FileNotFoundError(f'mmarts has no config "{name}"; it has '
                            f'{", ".join(there) or "none"}.')
