# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import sys

import pytest

from mmarts.utils.custom_imports import import_custom


def write_module(folder, name, text='VALUE = 1\n'):
    """A module under ``projects/<name>`` of a folder; its dotted name."""
    path = folder / 'projects' / name / 'part.py'
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return f'projects.{name}.part'


def test_projects_of_the_current_folder_are_found(tmp_path, monkeypatch):
    module, before = write_module(tmp_path, 'only_there'), list(sys.path)
    with pytest.raises(ImportError):
        import_custom(dict(imports=module), 'A config')
    monkeypatch.chdir(tmp_path)
    import_custom(dict(imports=[module]), 'A config')
    assert sys.modules[module].VALUE == 1
    assert sys.path == before


def test_other_modules_of_the_current_folder_are_not(tmp_path, monkeypatch):
    (tmp_path / 'lies_here_by_chance.py').write_text('')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImportError, match='lies_here_by_chance'):
        import_custom(dict(imports='lies_here_by_chance'), 'A checkpoint')


def test_nothing_asked_for_is_nothing_done():
    before = set(sys.modules)
    import_custom(None, 'A config')
    import_custom(dict(imports=[]), 'A config')
    assert set(sys.modules) == before


@pytest.mark.robustness
def test_the_error_names_module_asker_and_remedy(tmp_path, monkeypatch):
    needs = write_module(tmp_path, 'needs_more', 'import not_installed_here')
    monkeypatch.chdir(tmp_path)
    for module, reason in (('projects.nowhere.part', 'projects.nowhere'),
                           (needs, 'not_installed_here')):
        with pytest.raises(ImportError) as error:
            import_custom(dict(imports=module), 'The checkpoint x.pth')
        line = str(error.value)
        assert '\n' not in line and 'The checkpoint x.pth' in line
        assert module in line and reason in line and 'PYTHONPATH' in line
    import_custom(dict(imports=needs, allow_failed_imports=True), 'A config')


@pytest.mark.robustness
@pytest.mark.parametrize('name', ['', '../up', 'a b', 'os; import sys', 3])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match='expected something like'):
        import_custom(dict(imports=[name]), 'The checkpoint x.pth')
