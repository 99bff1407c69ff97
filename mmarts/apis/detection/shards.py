# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Work in shards over processes and machines, resumed and put together."""
import shutil
from pathlib import Path
from typing import Callable, Optional

import numpy as np
from rich.progress import track

from mmarts.datasets.converters.processes import run_tasks
from mmarts.utils.files import alone, whole_file


class Shards:
    """Results of many pieces of work, a file each until all are there.

    Args:
        out: File that they become.
        count: Pieces.
        fingerprint: Text that changes with the input and the settings;
            pieces of another one are done again.
    """

    def __init__(self, out: Path, count: int, fingerprint: str) -> None:
        self.out, self.count, self.fingerprint = out, count, fingerprint
        self.folder = out.with_name(f'.{out.stem}.parts')

    def run(self,
            function: Callable,
            args: tuple,
            jobs: int = 1,
            rank: int = 0,
            world: int = 1) -> int:
        """Do the pieces that are this process's and not done yet.

        Args:
            function: Of a module; gets ``args``, the piece's number, its
                path and the fingerprint, and calls :func:`write_piece`.
            args: Plain data.
            jobs: Processes on this machine.
            rank: Number of this machine or process; it takes every
                ``world``-th piece.
            world: How many there are.

        Returns:
            How many were done now.
        """
        if not 0 <= rank < world:
            raise ValueError(f'There are {world} ranks, counted from 0, but '
                             f'this one is {rank}.')
        self.folder.mkdir(parents=True, exist_ok=True)
        tasks = [(*args, i, self.path(i), self.fingerprint)
                 for i in range(rank, self.count, world) if not self.has(i)]
        for _ in track(
                run_tasks(function, tasks, jobs),
                f'{self.out.name:10}',
                total=len(tasks)):
            pass
        return len(tasks)

    def path(self, number: int) -> Path:
        """File of a piece."""
        return self.folder / f'{number}.npz'

    def has(self, number: int) -> bool:
        """Whether a piece is done."""
        return self.read(number, 'fingerprint') is not None

    def read(self, number: int, name: str) -> Optional[np.ndarray]:
        """An array of a piece; None where it is not done."""
        try:
            with np.load(self.path(number), allow_pickle=False) as file:
                if str(file['fingerprint']) != self.fingerprint:
                    return None
                return file[name]
        except (OSError, ValueError, KeyError):
            return None

    def missing(self) -> int:
        """How many pieces are not done yet, by whomever."""
        return sum(not self.has(i) for i in range(self.count))

    def join(self, names: tuple[str, ...], **values) -> bool:
        """Put the pieces together, if all are there and nobody else did.

        Args:
            names: Arrays of the pieces, joined along their first axis.
            values: Further arrays of the file.

        Returns:
            Whether the file is there now.
        """
        with alone(self.out):
            if not self.folder.is_dir():
                return self.out.is_file()
            if self.missing():
                return False
            arrays = {
                name:
                np.concatenate([self.read(i, name) for i in range(self.count)])
                for name in names
            }
            with whole_file(self.out) as temporary:
                np.savez_compressed(
                    temporary,
                    fingerprint=self.fingerprint,
                    **arrays,
                    **values)
            shutil.rmtree(self.folder)
        return True


def write_piece(path: Path, fingerprint: str, **arrays: np.ndarray) -> None:
    """Write the result of one piece, whole or not at all."""
    with whole_file(path) as temporary:
        np.savez(temporary, fingerprint=fingerprint, **arrays)
