# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest

from mmarts.utils.files import whole_file


def test_the_name_appears_when_all_is_written(tmp_path):
    path = tmp_path / 'new' / 'a.txt'
    with whole_file(path) as temporary:
        temporary.write_text('all')
        assert not path.exists() and temporary.suffix == '.txt'
    assert path.read_text() == 'all'
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(KeyError), whole_file(path) as temporary:
        temporary.write_text('ha')
        raise KeyError
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]
