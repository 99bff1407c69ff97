# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest

from mmarts.utils.command import run_or_exit


@pytest.mark.parametrize('fault, text', [
    (ValueError('height should be above 0, but is -1.'), 'but is -1.'),
    (KeyError('"feat" is not there.'), '"feat" is not there.'),
    (ImportError('No module named "x".'), 'No module named "x".'),
])
def test_a_mistake_is_one_line(fault, text, monkeypatch):
    monkeypatch.delenv('MMARTS_DEBUG', raising=False)

    def fails():
        raise fault

    with pytest.raises(SystemExit) as end:
        run_or_exit(fails)
    first, hint = str(end.value).splitlines()
    assert first.startswith('error: ') and first.endswith(text)
    assert 'MMARTS_DEBUG' in hint
    monkeypatch.setenv('MMARTS_DEBUG', '1')
    with pytest.raises(type(fault)):
        run_or_exit(fails)


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv('MMARTS_DEBUG', raising=False)
    with pytest.raises(SystemExit, match='no-such-file'):
        run_or_exit(lambda: (tmp_path / 'no-such-file').read_text())
