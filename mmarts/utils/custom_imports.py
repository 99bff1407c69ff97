# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Modules that a config or a checkpoint asks for by name."""
import importlib
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional

# The checkout, where mmarts runs from one.
_ROOT = Path(__file__).parents[2]


def import_custom(custom_imports: Optional[dict], asker: str) -> None:
    """Import the modules of ``custom_imports``.

    Only names come from a file. What runs is the code that this machine has
    under them: installed, on ``PYTHONPATH``, or, for names that begin with
    ``projects.``, in the checkout or the current folder.

    Args:
        custom_imports: ``imports``, a name or a list of names, and
            ``allow_failed_imports``, as in MMEngine's configs; or None.
        asker: Who names them, for the error.

    Raises:
        ImportError: If a module cannot be imported; a line that says which,
            why, and what to do.
        ValueError: If a name is none of a module.
    """
    wanted = (custom_imports or {}).get('imports') or []
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if not all(part.isidentifier() for part in str(name).split('.')):
            raise ValueError(f'{asker} names a module "{name}" in '
                             'custom_imports; expected something like '
                             '"projects.example.bone_mlp".')
        try:
            with _projects_on_path():
                importlib.import_module(name)
        except ImportError as error:
            if not custom_imports.get('allow_failed_imports', False):
                raise ImportError(
                    f'{asker} needs the module "{name}", which cannot be '
                    f'imported: {error}. Run from the folder that holds '
                    f'"{name.partition(".")[0]}", or put that folder on '
                    'PYTHONPATH.') from error


@contextmanager
def _projects_on_path() -> Iterator[None]:
    """Find ``projects`` where a script's own folder comes before it."""
    folders = [
        str(folder) for folder in (_ROOT, Path.cwd())
        if (folder / 'projects').is_dir() and str(folder) not in sys.path
    ]
    sys.path += folders
    try:
        yield
    finally:
        for folder in folders:
            sys.path.remove(folder)
