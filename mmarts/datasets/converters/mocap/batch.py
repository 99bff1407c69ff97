# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Convert whole folders: several processes, resumed, nothing half-written."""
import hashlib
import json
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
from rich.progress import track
from rich.table import Table
from scipy.spatial.transform import Rotation

from mmarts.datasets.converters.processes import run_tasks
from mmarts.datasets.converters.source_files import SourceFiles
from mmarts.datasets.motion.motion_clips import MotionClip, resample
from mmarts.registry import CONVERTERS
from mmarts.utils.files import whole_file, write_json
from .base import CONVERTER_VERSION, ClipFile, MotionConverter
from .check import check_clip, place_on_floor, target_body
from .retarget import retarget

REPORT = 'report.json'


def convert_clip(converter: MotionConverter, files: SourceFiles,
                 clip: ClipFile, fps: float) -> dict[str, np.ndarray]:
    """Arrays of one converted clip, see ``docs/data.md``.

    Args:
        converter: For the files' format.
        files: Folder or zip.
        clip: One of ``converter.clips(files)``.
        fps: Rate of the result; 0 keeps the source's.

    Raises:
        ValueError: Saying what is wrong with the file.
    """
    source = converter.read(clip, files)
    body = target_body()
    rotvec, root = retarget(source, body.rest)
    if not (np.isfinite(rotvec).all() and np.isfinite(root).all()):
        raise ValueError('has values that are not finite')
    fps = fps or source.fps
    rotvec, root = _resample(rotvec, root, source.fps, fps)
    times = np.arange(len(root)) / fps
    joints = {
        name: _interpolate(places, source.fps, times)
        for name, places in source.joints.items()
    }
    root, floor = place_on_floor(rotvec, root, not source.own_smpl)
    rotvec, root = rotvec.astype('f4'), root.astype('f4')
    report = check_clip(rotvec, root, joints)
    report.update(
        floor=floor,
        repaired=source.repaired,
        notes=source.notes,
        dropped_frames=source.dropped)
    return dict(
        name=np.array(clip.name),
        source=np.array(f'{clip.title or converter.title}, {clip.path}'),
        converter_version=np.array(CONVERTER_VERSION),
        fps=np.array(float(fps)),
        source_fps=np.array(source.fps),
        source_frames=np.array(len(source) + source.dropped),
        rotvec=rotvec,
        transl=root,
        report=np.array(json.dumps(report)),
        **source_hashes(clip, files))


def source_hashes(clip: ClipFile, files: SourceFiles) -> dict[str, np.ndarray]:
    """SHA-256 of the clip's file, and of its skeleton's where there is one."""
    hashes = dict(source_sha256=sha256(files.read(clip.path)))
    if clip.skeleton and clip.skeleton in files:
        hashes['skeleton_sha256'] = sha256(files.read(clip.skeleton))
    return {key: np.array(value) for key, value in hashes.items()}


def sha256(content: bytes) -> str:
    """Hex digits of a file's SHA-256."""
    return hashlib.sha256(content).hexdigest()


def clip_file(out: Path, name: str) -> Path:
    """File of a clip in a converted folder."""
    return out / f'{name.replace("/", "_")}.npz'


def convert_folder(converter: dict,
                   root: str,
                   out: Path,
                   fps: float = 30.0,
                   jobs: int = 1) -> dict:
    """Convert every clip that is not done; write and return the report.

    A clip is done when its file has the same name, source, skeleton, rate
    and :data:`CONVERTER_VERSION`.

    Args:
        converter: Config of a converter.
        root: Folder or zip of original files.
        out: Folder to write to; other archives' clips in it stay.
        fps: Rate of the results; 0 keeps the sources'.
        jobs: Processes.

    Returns:
        ``clips``: name -> report entry, of the whole folder;
        ``failures``: source file -> reason; ``converted`` and ``skipped``:
        names of this call.
    """
    clips = CONVERTERS.build(converter).clips(SourceFiles(root))
    _check_file_names(clips, out)
    out.mkdir(parents=True, exist_ok=True)
    results = dict(converted=[], skipped=[])
    failures = _old_failures(out, {clip.path for clip in clips})
    tasks = [(converter, root, clip, out, fps) for clip in clips]
    for number, (kind, reason) in track(
            run_tasks(_convert, tasks, jobs), 'Converting', total=len(tasks)):
        clip = clips[number]
        if kind == 'failed':
            failures[clip.path] = reason
        else:
            results[kind].append(clip.name)
    report = dict(
        clips=dict(read_entries(out)), failures=dict(sorted(failures.items())))
    write_json(out / REPORT, report)
    return dict(report, **{k: sorted(v) for k, v in results.items()})


def read_entries(out: Path) -> Iterator[tuple[str, dict]]:
    """Name and report entry of every clip in a folder."""
    for path in sorted(out.glob('*.npz')):
        with np.load(path, allow_pickle=False) as file:
            fps, frames = float(file['fps']), len(file['transl'])
            entry = dict(
                source=str(file['source']),
                source_sha256=str(file['source_sha256']),
                frames=frames,
                fps=fps,
                seconds=round(frames / fps, 2),
                **json.loads(str(file['report'])))
            yield str(file['name']), entry


def report_table(report: dict, names: list[str]) -> Table:
    """The report of some clips as a table, failures last."""
    table = Table(
        title='Converted clips',
        caption='degrees: direction of '
        'upper arms, forearms, thighs, shanks against the source; '
        'sole: 5th percentile of the lowest sole; repaired: frames '
        'of the joint (wrist, ankle, toe) that needed it most')
    for column in ('clip', 'frames', 'fps', 'median deg', 'max deg', 'sole cm',
                   'repaired', 'result'):
        table.add_column(
            column,
            justify='left' if column in ('clip', 'result') else 'right')
    for name in names:
        entry = report['clips'][name]
        table.add_row(name, str(entry['frames']), f'{entry["fps"]:g}',
                      f'{entry["limb_median_degrees"]:.2f}',
                      f'{entry["limb_max_degrees"]:.2f}',
                      f'{entry["sole_metres"] * 100:+.1f}',
                      f'{max(entry["repaired"].values(), default=0):.0%}',
                      '; '.join([entry['result'], *entry['notes']]))
    for path, reason in report['failures'].items():
        table.add_row(path, '', '', '', '', '', '', f'failed: {reason}')
    return table


def _convert(converter: dict, root: str, clip: ClipFile, out: Path,
             fps: float) -> tuple[str, str]:
    """One task: what became of it, and why."""
    torch.set_num_threads(1)
    try:
        files = _open(root)
        path = clip_file(out, clip.name)
        if _is_done(path, clip, files, fps):
            return 'skipped', ''
        arrays = convert_clip(_build(json.dumps(converter)), files, clip, fps)
    except (ValueError, OSError) as error:
        return 'failed', ' '.join(str(error).split())
    with whole_file(path) as temporary:
        np.savez_compressed(temporary, **arrays)
    return 'converted', ''


@lru_cache
def _open(root: str) -> SourceFiles:
    return SourceFiles(root)


@lru_cache
def _build(converter: str) -> MotionConverter:
    return CONVERTERS.build(json.loads(converter))


def _is_done(path: Path, clip: ClipFile, files: SourceFiles,
             fps: float) -> bool:
    if not path.is_file():
        return False
    try:
        with np.load(path, allow_pickle=False) as file:
            wanted = dict(
                name=clip.name,
                converter_version=CONVERTER_VERSION,
                fps=fps or file['source_fps'],
                **source_hashes(clip, files))
            return all(key in file and file[key] == value
                       for key, value in wanted.items())
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return False


def _check_file_names(clips: list[ClipFile], out: Path) -> None:
    taken: dict[Path, str] = {}
    for clip in clips:
        other = taken.setdefault(clip_file(out, clip.name), clip.name)
        if other != clip.name:
            raise ValueError(f'Clips "{other}" and "{clip.name}" would share '
                             'one file; convert them to two folders.')


def _old_failures(out: Path, again: set[str]) -> dict[str, str]:
    """Failures of earlier calls, but for the files that are tried again."""
    try:
        old = json.loads((out / REPORT).read_text())['failures']
    except (OSError, ValueError, KeyError):
        return {}
    return {path: why for path, why in old.items() if path not in again}


def _resample(rotvec: np.ndarray, root: np.ndarray, source_fps: float,
              fps: float) -> tuple[np.ndarray, np.ndarray]:
    if fps == source_fps:
        return rotvec, root
    turns = Rotation.from_rotvec(rotvec.reshape(-1, 3)).as_matrix()
    clip = resample(
        MotionClip('', torch.tensor(turns.reshape(*rotvec.shape, 3)),
                   torch.tensor(root), source_fps), fps)
    turns = Rotation.from_matrix(clip.rotmats.flatten(0, 1).numpy())
    return (turns.as_rotvec().reshape(-1, *rotvec.shape[1:]),
            clip.root.double().numpy())


def _interpolate(points: np.ndarray, fps: float,
                 times: np.ndarray) -> np.ndarray:
    """``(F, 3)`` at other times: ``(N, 3)``."""
    known = np.arange(len(points)) / fps
    return np.stack(
        [np.interp(times, known, points[:, axis]) for axis in range(3)], 1)
