# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Annotation files: configs, docs/data.md and converters name the same."""
import re

from mmengine.config import Config
from real_data import DOCS, ROOT, ROWS, WHERE, annotation_files

from mmarts.registry import CONVERTERS

NAMED = {
    f'data/{folder}/{name}.mmarts'
    for folder, names, _ in ROWS
    for name in names.split(', ')
}
# The line of a command, up to its OUT.
COMMANDS = [(folder, *row) for folder, _, made in ROWS
            for row in re.findall(r'`([\w-]+) \S+ data/([\w-]+)[ `]', made)]
CONFIGS = sorted((ROOT / 'configs').rglob('*.py'))


def test_the_files_of_all_configs_are_named():
    found = {}
    for path in CONFIGS:
        for file in annotation_files(Config.fromfile(path).to_dict()):
            found.setdefault(file, path.relative_to(ROOT).as_posix())
    assert len(found) > 30
    unknown = {k: v for k, v in found.items() if k not in NAMED}
    assert not unknown, 'docs/data.md does not name these files of configs'
    unused = NAMED - set(found)
    assert not unused, 'docs/data.md names files that no config reads'


def test_commands_write_the_folder_of_their_row():
    written = {folder for folder, *_ in COMMANDS}
    assert len(written) > 15
    for folder, converter, out in COMMANDS:
        assert out == folder and CONVERTERS.get(converter)
    made = {folder for folder, _, made in ROWS if 'extract' not in made}
    assert made - written == {
        'arts_clips', 'freemotion_clips', 'freemotion_images', 'int_clips'
    }


def test_chapters_tell_the_same_commands():
    """Each row's converter writes there, or beside it, in a chapter too."""
    chapters = set(
        re.findall(r'convert_dataset\.py ([\w-]+) \S+ data/([\w-]+)\s',
                   DOCS.replace(WHERE, '')))
    for folder, converter, _ in COMMANDS:
        # `3dpw-neutral` is `3dpw` with other options, `h36m-sh` is `h36m-cpn`
        # with other files.
        assert (converter, folder) in chapters or any(
            c == converter and folder.split('-')[0] == out.split('-')[0]
            for c, out in chapters), folder


def test_files_are_splits_of_their_dataset():
    splits = {
        name: set(re.findall(r'`(\w+)`', words))
        for names, words in re.findall(
            r'^\| (`[^|]+`) \| `\w+` \| (`[^|]+) \|', DOCS, re.M)
        for name in re.findall(r'`([\w-]+)`', names)
    }
    checked = [(converter, set(names.split(', '))) for folder, names, _ in ROWS
               for row, converter, _ in COMMANDS
               if row == folder and converter in splits and 'dsd' not in names]
    assert len(checked) >= 8
    for converter, names in checked:
        assert names <= splits[converter], converter
