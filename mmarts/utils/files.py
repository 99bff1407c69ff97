# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files that are written whole or not at all."""
import fcntl
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Union


@contextmanager
def whole_file(path: Union[str, Path]) -> Iterator[Path]:
    """Give a temporary name that becomes ``path`` when all went well.

    The temporary file lies beside the final one and keeps its suffix; it is
    deleted when the body of the ``with`` raises.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.stem}.part{path.suffix}')
    try:
        yield temporary
        # On the disk before it has the name: a power cut may keep the
        # renaming and lose the bytes.
        with open(temporary, 'rb+') as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def partial_name(path: Union[str, Path]) -> Path:
    """``a/b.mp4`` -> ``a/b.partial.mp4``: as far as the work came."""
    path = Path(path)
    return path.with_name(f'{path.stem}.partial{path.suffix}')


def write_json(path: Union[str, Path], content: dict) -> None:
    """Write plain data as JSON."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + '\n')


@contextmanager
def alone(path: Union[str, Path]) -> Iterator[None]:
    """Wait until no other process is in here with the same path."""
    path = Path(path)
    lock = path.with_name(f'.{path.stem}.lock')
    with open(lock, 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    lock.unlink(missing_ok=True)
