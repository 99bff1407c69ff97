# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Arrays of two implementations side by side."""
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How far an array may be off.

    Args:
        value: Largest difference; 0 for identical arrays.
        relative: Whether it is over the reference's largest absolute value.
    """

    value: float
    relative: bool = False

    def __str__(self) -> str:
        return f'{self.value:g} {"rel" if self.relative else "abs"}'


@dataclass
class Row:
    """One array of the kit and what ours differs from it by.

    Args:
        key: Its name in the kit, after that of the part.
        absolute: Largest difference; NaN where nothing was compared.
        relative: The same over the reference's largest absolute value.
        tolerance: None where nothing was compared.
        note: Why not, in words.
    """

    key: str
    absolute: float = np.nan
    relative: float = np.nan
    tolerance: Optional[Tolerance] = None
    note: str = ''

    @property
    def used(self) -> float:
        """Part of the tolerance that is used up; above 1 is a miss."""
        if self.tolerance is None:
            return np.inf
        error = self.relative if self.tolerance.relative else self.absolute
        if np.isnan(error):
            return np.inf
        if self.tolerance.value:
            return error / self.tolerance.value
        return np.inf if error else 0.

    @property
    def passed(self) -> bool:
        """Whether the array agrees; one with a NaN does not."""
        return self.used <= 1

    def __str__(self) -> str:
        if self.tolerance is None:
            return f'{self.key:42s} {self.note:42s} FAIL'
        return (f'{self.key:42s} {self.absolute:9.2e} abs '
                f'{self.relative:9.2e} rel  <= {str(self.tolerance):11s} '
                f'{"pass" if self.passed else "FAIL"}')


def compare(key: str, reference: np.ndarray, ours: Optional[np.ndarray],
            tolerance: Tolerance) -> Row:
    """A row of the table.

    Args:
        key: Name of the array.
        reference: What the kit stores.
        ours: What was computed, or None.
        tolerance: Of this array.
    """
    if ours is None:
        return Row(key, note='in the kit, not compared')
    ours = np.asarray(ours)
    if ours.shape != reference.shape:
        return Row(key, note=f'kit {reference.shape}, ours {ours.shape}')
    if not reference.size:
        return Row(key, 0., 0., tolerance)
    if reference.dtype.kind in 'US':
        return Row(key, *[0. if (ours == reference).all() else np.inf] * 2,
                   tolerance)
    # What is no number in the release has to be none here.
    unset = np.isnan(reference) & np.isnan(ours.astype(np.float64))
    reference = np.where(unset, 0., reference.astype(np.float64))
    error = float(np.abs(np.where(unset, 0., ours) - reference).max())
    largest = float(np.abs(reference).max())
    return Row(key, error, error / largest if largest else error, tolerance)


def compare_file(path: Path,
                 part: str,
                 ours: dict,
                 tolerance,
                 is_note: Optional[Callable] = None) -> list[Row]:
    """All arrays of a file of the kit, in its order.

    Args:
        path: The ``.npz``.
        part: ``'forward'``, ``'losses'`` or ``'eval'``.
        ours: Name -> array.
        tolerance: ``key -> Tolerance``.
        is_note: ``key -> bool``: entries that are no results. Texts are
            none either.
    """
    with np.load(path, allow_pickle=False) as stored:
        keys = [
            key for key in stored.files
            if stored[key].dtype.kind != 'U' and not (is_note and is_note(key))
        ]
        return [
            compare(f'{part}:{key}', stored[key], ours.get(key),
                    tolerance(key)) for key in keys
        ]
