# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
from mmengine.config import Config

from mmarts.utils import config_path, configs


def test_a_config_that_ships_is_found_with_its_bases():
    cfg = Config.fromfile(config_path('arts/arts-tiny_freemotion.py'))
    assert cfg.model.type == 'ARTS'
    assert cfg.train_dataloader.dataset.type == 'FreeMotion'


@pytest.mark.robustness
def test_another_name_is_an_error_that_lists_those_there_are():
    with pytest.raises(FileNotFoundError, match='arts/arts_h36m.py'):
        config_path('arts/arts-huge.py')


def test_the_wheels_copy_comes_first(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in ('wheel', 'checkout')]
    for folder in folders:
        (folder / 'arts').mkdir(parents=True)
    (folders[1] / 'arts' / 'x.py').touch()
    monkeypatch.setattr(configs, '_FOLDERS', folders)
    assert config_path('arts/x.py') == folders[1] / 'arts' / 'x.py'
    (folders[0] / 'arts' / 'x.py').touch()
    assert config_path('arts/x.py') == folders[0] / 'arts' / 'x.py'
