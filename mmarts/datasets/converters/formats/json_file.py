# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""JSON files of others, and what to say when they are something else."""
import json
from typing import Any, Iterable

from ..source_files import SourceFiles


def read_json(files: SourceFiles, path: str, kind: type) -> Any:
    """Content of a JSON file whose outermost value is a list or a dict.

    Raises:
        ValueError: If it cannot be read, is cut short, no JSON, or of
            another kind.
    """
    return parse_json(files.read(path), path, kind)


def parse_json(data: bytes, name: str, kind: type) -> Any:
    """The same of bytes.

    Raises:
        ValueError: As :func:`read_json`.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{name} is no complete JSON file ({error}); '
                         'download it again') from None
    if not isinstance(content, kind):
        raise ValueError(f'{name} should hold a {kind.__name__}, but holds a '
                         f'{type(content).__name__}')
    return content


def need_keys(content: Any, keys: Iterable[str], what: str) -> None:
    """Check that a dict of a JSON file has some keys.

    Raises:
        ValueError: Naming those that are missing, and what is there.
    """
    if not isinstance(content, dict):
        raise ValueError(f'{what} should be a dict with {list(keys)}, but '
                         f'is a {type(content).__name__}')
    missing = [key for key in keys if key not in content]
    if missing:
        raise ValueError(f'{what} lacks {missing}; it has '
                         f'{sorted(map(str, content))[:12]}')
