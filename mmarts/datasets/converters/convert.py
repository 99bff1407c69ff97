# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Convert a dataset: several processes, resumed, nothing half-written."""
import hashlib
import inspect
import json
import shutil
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Iterator, Optional

import numpy as np
import torch
from rich.progress import track

from mmarts.annotations.annotation_file import SUFFIX, AnnotationFile
from mmarts.annotations.annotation_writer import AnnotationWriter
from mmarts.registry import CONVERTERS
from mmarts.utils.files import write_json
from .annotation_rows import rows_of
from .dataset_converter import DatasetConverter, Part
from .processes import run_tasks
from .record_log import BadRecordError, RecordLog, merge_logs
from .source_files import SourceFiles, file_stamp

REPORT = 'report.json'
# What reading a file of another layout raises where it was not foreseen.
_UNFORESEEN = (LookupError, TypeError, AttributeError, ArithmeticError)


def convert_dataset(converter: dict,
                    root: str,
                    out: Path,
                    jobs: int = 1,
                    skip_bad: bool = False) -> dict:
    """Convert every split that is not done; write and return the report.

    The parts of a split wait in ``OUT/.<split>.parts`` until all are there,
    so that an interrupted call goes on where it stopped.

    Args:
        converter: Config of a :class:`DatasetConverter`.
        root: Folder or zip of the original files.
        out: Folder for ``<split>.mmarts`` and ``report.json``.
        jobs: Processes.
        skip_bad: Whether broken files and records are listed in the report;
            the first one is an error otherwise.

    Returns:
        ``splits``: name -> ``rows``, ``tracks``, ``arrays``, ``bad``,
        ``skipped``; ``done``: splits that were done before.

    Raises:
        ValueError: Naming the file and the record that is broken.
    """
    # Files may have changed since an earlier call of this process.
    _open.cache_clear()
    _build.cache_clear()
    files, built = SourceFiles(root), build_converter(converter)
    by_split: dict[str, list[Part]] = {}
    for part in built.parts(files):
        by_split.setdefault(part.split, []).append(part)
    report, done = _old_report(out), []
    for split, parts in by_split.items():
        prints = [fingerprint(converter, built, part, files) for part in parts]
        if _holds(report.get(split), skip_bad) and _is_done(
                out, split, prints):
            done.append(split)
            continue
        folder = out / f'.{split}.parts'
        tasks = [(converter, root, part, folder / str(i), prints[i], skip_bad)
                 for i, part in enumerate(parts)]
        try:
            logs = dict(
                track(
                    run_tasks(_convert_part, tasks, jobs),
                    f'{split:10}',
                    total=len(tasks)))
        except BadRecordError as error:
            raise ValueError(str(error)) from None
        log = merge_logs([logs[i] for i in range(len(parts))])
        report[split] = dict(
            _join(built, converter, out, split, prints), **log)
        write_json(out / REPORT, dict(splits=report))
        shutil.rmtree(folder)
    return dict(splits={s: report[s] for s in by_split}, done=done)


def build_converter(config: dict) -> DatasetConverter:
    """The converter of a config.

    Raises:
        ValueError: If it has no such option, naming those that it has.
    """
    kind = CONVERTERS.get(config['type'])
    options = [] if kind is None else list(inspect.signature(kind).parameters)
    wrong = sorted(set(config) - {'type', *options})
    if kind is not None and wrong:
        raise ValueError(f'The converter "{config["type"]}" has no option '
                         f'{wrong}; it has {options}.')
    return CONVERTERS.build(config)


def fingerprint(converter: dict, built: DatasetConverter, part: Part,
                files: SourceFiles) -> str:
    """Hex digits that change with anything a part's rows depend on."""
    stamps = [files.stamp(path) for path in part.paths]
    stamps += [file_stamp(path) for path in built.outside_files()]
    return _sha256(converter, built.version, asdict(part), stamps)


def _convert_part(converter: dict, root: str, part: Part, path: Path,
                  print_: str, skip_bad: bool) -> dict:
    """One task: its rows in ``<path>.mmarts``, its log in ``<path>.json``."""
    torch.set_num_threads(1)
    done = path.with_name(f'{path.name}.json')
    known = _read_json(done)
    if known.get('fingerprint') == print_ and _holds(known['log'], skip_bad):
        return known['log']
    log = RecordLog(skip_bad, part.paths[0])
    built = _build(json.dumps(converter))
    rows = path.with_name(f'{path.name}{SUFFIX}')
    rows.unlink(missing_ok=True)
    try:
        _write_rows(rows, built, built.read(part, _open(root), log))
    except (ValueError, OSError) as error:
        log.bad('', str(error).removeprefix(f'{part.paths[0]}: '))
    except _UNFORESEEN as error:
        log.bad(
            '', f'is not of the layout that {built.title} has '
            f'({type(error).__name__}: {error})')
    write_json(done, dict(fingerprint=print_, log=log.to_dict()))
    return log.to_dict()


def _write_rows(path: Path, converter: DatasetConverter,
                chunks: Iterator[dict[str, np.ndarray]]) -> None:
    """Write chunks of rows, if there is any."""
    first = next(chunks, None)
    if first is None:
        return
    with AnnotationWriter(path, converter.values()) as writer:
        writer.add(first)
        for chunk in chunks:
            writer.add(chunk)


def _join(built: DatasetConverter, converter: dict, out: Path, split: str,
          prints: list[str]) -> dict:
    """Make the split of its parts; what the report says about it."""
    folder, path = out / f'.{split}.parts', out / f'{split}{SUFFIX}'
    parts = [folder / f'{i}{SUFFIX}' for i in range(len(prints))]
    parts = [part for part in parts if part.is_file()]
    if not parts:
        path.unlink(missing_ok=True)
        return dict(rows=0, tracks=0, arrays=[])
    with AnnotationWriter(path, built.values(), built.title, converter['type'],
                          built.version, _sha256(prints)) as writer:
        for part in parts:
            for chunk in rows_of(AnnotationFile(part)):
                writer.add(chunk)
    file = AnnotationFile(path)
    arrays = [name for name, array in file.arrays.items() if array.ndim]
    return dict(
        rows=len(file.arrays['frame_index']),
        tracks=len(file.track_starts) - 1,
        arrays=arrays)


def _holds(log: Optional[dict], skip_bad: bool) -> bool:
    """Whether an earlier result is what this call would give."""
    return log is not None and (skip_bad or not log['bad'])


def _is_done(out: Path, split: str, prints: list[str]) -> bool:
    try:
        header = AnnotationFile(out / f'{split}{SUFFIX}').header
    except (ValueError, OSError):
        return False
    return header.get('fingerprint') == _sha256(prints)


def _old_report(out: Path) -> dict:
    """Splits of an earlier call; those of this call replace them."""
    return dict(_read_json(out / REPORT).get('splits', {}))


def _read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _sha256(*content) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache
def _open(root: str) -> SourceFiles:
    return SourceFiles(root)


@lru_cache
def _build(converter: str) -> DatasetConverter:
    return CONVERTERS.build(json.loads(converter))
