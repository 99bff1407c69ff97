# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Original files of a dataset, in a folder or a zip."""
import zipfile
import zlib
from collections import Counter
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Iterator, Union


class SourceFiles:
    """Files by their path inside a folder or a zip.

    Args:
        root: The folder or the ``.zip``.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it is a file but no zip.
    """

    def __init__(self, root: Union[str, Path]) -> None:
        self.root = Path(root)
        if not self.root.exists():
            raise FileNotFoundError(f'There is no folder or zip "{root}".')
        if not self.root.is_dir() and not zipfile.is_zipfile(self.root):
            raise ValueError(f'"{root}" is neither a folder nor a zip.')
        if not self.root.is_dir():
            self.paths  # a broken zip is an error here

    @cached_property
    def paths(self) -> list[str]:
        """All of them, sorted; looking through a folder may take minutes."""
        try:
            return sorted(self._list())
        except zipfile.BadZipFile as error:
            raise ValueError(
                f'"{self.root}" is a broken zip: {error}') from None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    def _list(self) -> list[str]:
        if self.root.is_dir():
            return [
                path.relative_to(self.root).as_posix()
                for path in self.root.rglob('*') if path.is_file()
            ]
        with zipfile.ZipFile(self.root) as archive:
            return [n for n in archive.namelist() if not n.endswith('/')]

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def read(self, path: str) -> bytes:
        """Content of one file.

        Raises:
            ValueError: If it cannot be read.
        """
        try:
            if self.root.is_dir():
                return (self.root / path).read_bytes()
            with zipfile.ZipFile(self.root) as archive:
                return archive.read(path)
        except (OSError, KeyError, RuntimeError, zlib.error,
                zipfile.BadZipFile) as error:
            raise ValueError(f'cannot read "{path}" in "{self.root}": '
                             f'{error}') from None

    def stamp(self, path: str) -> str:
        """Text that changes when a file does: its size, and time or CRC."""
        if self.root.is_dir():
            return file_stamp(self.root / path)
        with zipfile.ZipFile(self.root) as archive:
            info = archive.getinfo(path)
            return f'{info.file_size} {info.CRC}'

    def size(self, path: str) -> int:
        """Bytes of a file, unpacked."""
        return int(self.stamp(path).split()[0])

    def summary(self) -> str:
        """Which kinds of files there are, in words."""
        kinds = Counter(PurePosixPath(p).suffix or 'no ending' for p in self)
        return ', '.join(f'{n} of {kind}'
                         for kind, n in kinds.most_common(4)) or 'no files'


def file_stamp(path: Union[str, Path]) -> str:
    """Text that changes when a file does: its size and time.

    Raises:
        FileNotFoundError: If it is not there.
    """
    stat = Path(path).stat()
    return f'{stat.st_size} {stat.st_mtime_ns}'


def read_text(files: SourceFiles, path: str) -> str:
    """A text file of those formats: ASCII, any line ends."""
    return files.read(path).decode('latin-1')
