# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Conversions of tiny datasets in their original formats."""
import json

import numpy as np
import pytest

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets.converters.convert import convert_dataset


class Conversion:
    """What a converter makes of a folder."""

    def __init__(self, out, report):
        self.out, self.splits = out, report['splits']

    def __getitem__(self, split):
        """Arrays of a split, with the names of tracks a row."""
        file = AnnotationFile(self.out / f'{split}.mmarts')
        counts = np.diff(file.track_starts)
        names = [file.track_name(i) for i in range(len(counts))]
        arrays = dict(file.arrays)
        arrays['sequence'], arrays['person'] = np.repeat(
            np.array(names), counts, axis=0).T
        return arrays


@pytest.fixture
def convert(tmp_path):
    """Convert ``root`` by the converter ``name``; see :class:`Conversion`."""

    def run(name, root, skip_bad=False, **options):
        out = tmp_path / f'out{len(list(tmp_path.glob("out*")))}'
        config = json.loads(json.dumps(dict(type=name, **options)))
        return Conversion(
            out, convert_dataset(config, str(root), out, skip_bad=skip_bad))

    return run


@pytest.fixture
def refuses(convert):
    """Check that a conversion ends with one line that has these words, and
    that ``skip_bad`` goes on and lists it.

    Returns the conversion that went on, and its list.
    """

    def run(name, root, *words, **options):
        with pytest.raises(ValueError) as caught:
            convert(name, root, **options)
        line = str(caught.value)
        assert '\n' not in line
        assert all(word in line for word in words), line
        result = convert(name, root, skip_bad=True, **options)
        bad = [b for entry in result.splits.values() for b in entry['bad']]
        assert line in bad
        return result, bad

    return run
