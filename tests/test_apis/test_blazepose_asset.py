# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The recipe of the 2D pose files writes the right ones or none."""
import argparse
import hashlib
import importlib.util
import zipfile
from pathlib import Path

import pytest

RECIPE = (
    Path(__file__).parents[2] / 'tools' / 'asset_recipes' / 'blazepose.py')


@pytest.fixture
def recipe():
    spec = importlib.util.spec_from_file_location('blazepose_recipe', RECIPE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wheel(recipe, tmp_path):
    """``wheel(damaged)``: a wheel with the shipped files, or with others."""

    def make(damaged=False):
        path = tmp_path / 'package.whl'
        with zipfile.ZipFile(path, 'w') as archive:
            for name, (member, _) in recipe.FILES.items():
                content = (recipe.ASSETS / name).read_bytes()
                archive.writestr(member, content[:-1] if damaged else content)
        return path

    return make


def run(recipe, *arguments):
    parser = argparse.ArgumentParser()
    recipe.add_parser(parser.add_subparsers())
    recipe.run(parser.parse_args(['blazepose', *map(str, arguments)]))


def test_shipped_files_are_those_of_the_recipe(recipe):
    for name, (_, sha256) in recipe.FILES.items():
        content = (recipe.ASSETS / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256


def test_files_come_out_of_a_wheel(recipe, wheel, tmp_path):
    run(recipe, '--wheel', wheel(), '--out', tmp_path / 'out')
    assert sorted(p.name for p in (tmp_path / 'out').iterdir()) == sorted(
        recipe.FILES)


@pytest.mark.robustness
def test_other_content_is_refused_and_nothing_written(recipe, wheel, tmp_path):
    with pytest.raises(SystemExit, match='sha256'):
        run(recipe, '--wheel', wheel(damaged=True), '--out', tmp_path / 'out')
    assert not list((tmp_path / 'out').iterdir())
