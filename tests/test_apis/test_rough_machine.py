# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The demo where the machine or the user gets in its way."""
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmarts.apis import VideoReader, demo_cli, load_person
from mmarts.apis.overlay_video import SheetCollector
from mmarts.apis.pose2d import BlazePose2D

av = pytest.importorskip('av')
pytest.importorskip('ai_edge_litert')

pytestmark = pytest.mark.robustness
ROOT = Path(__file__).parents[2]


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.glob('*'))


def one_line(result) -> str:
    line, = result.errors.splitlines()
    return line


@pytest.fixture
def no_opengl(monkeypatch):
    """What moderngl says on a machine without a driver."""
    moderngl = pytest.importorskip('moderngl')

    def missing(**_):
        raise Exception('libEGL.so.1 not loaded\nand some more')

    monkeypatch.setattr(moderngl, 'create_context', missing)


def test_no_opengl_is_replaced(run_demo, short_clip, no_opengl):
    result = run_demo(short_clip, '--renderer', 'auto')
    assert result.code == 0
    note = [i for i in result.text.splitlines() if 'software renderer' in i]
    assert len(note) == 1 and 'libEGL.so.1 not loaded' in note[0]
    assert 'walk_overlay.mp4' in names(result.out)


def test_no_opengl_where_it_is_asked_for(run_demo, short_clip, no_opengl,
                                         monkeypatch):
    monkeypatch.setattr(BlazePose2D, '__call__', None)  # told before the work
    result = run_demo(short_clip, '--renderer', 'egl')
    assert result.code == 1
    for words in ('libEGL.so.1', 'apt install', '--no-render', 'software'):
        assert words in one_line(result)
    assert not result.out.exists()


def test_no_opengl_is_not_needed_without_drawing(run_demo, short_clip,
                                                 no_opengl):
    result = run_demo(short_clip, '--renderer', 'egl', '--no-render')
    assert result.code == 0 and not result.errors
    assert names(result.out) == ['person_000.npz']


@pytest.mark.parametrize('device', ['cuda:99', 'nonsense'])
def test_device_that_is_not_there(short_clip, trained, tmp_path, capfd,
                                  device):
    code = demo_cli.main([
        str(short_clip), '--checkpoint',
        str(trained / 'iter_6.pth'), '--out-dir',
        str(tmp_path / 'out'), '--device', device
    ])
    line, = capfd.readouterr().err.splitlines()
    assert code == 1 and f'no device "{device}"' in line
    assert not (tmp_path / 'out').exists()


@contextmanager
def limited(file_size):
    """Writing beyond this size fails as it does on a full disk."""
    resource = pytest.importorskip('resource')
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.skipif(not hasattr(signal, 'SIGXFSZ'), reason='POSIX only')
@pytest.mark.parametrize('room, failed, kept', [
    (1_000, 'person_000.npz', []),
    (20_000, 'walk_overlay.mp4', ['person_000.npz']),
])
def test_full_disk(run_demo, short_clip, room, failed, kept):
    with limited(room):
        result = run_demo(short_clip)
    assert result.code == 1
    line = one_line(result)
    assert f'{failed}" (' in line and 'Cannot write' in line
    assert names(result.out) == kept
    for name in kept:
        assert name in line
        load_person(result.out / name)


def test_results_need_a_folder(run_demo, short_clip, tmp_path):
    (tmp_path / 'out').write_text('a file')
    result = run_demo(short_clip)
    assert result.code == 1 and 'is a file' in one_line(result)


@pytest.mark.skipif(
    os.name != 'posix' or os.geteuid() == 0, reason='root may write anywhere')
def test_folder_that_may_not_be_written(run_demo, short_clip, tmp_path):
    (tmp_path / 'out').mkdir(mode=0o555)
    result = run_demo(short_clip)
    assert result.code == 1 and 'Nothing may be written' in one_line(result)


@pytest.fixture
def ctrl_c(monkeypatch):
    """``ctrl_c(thing, method, count, times)``: signals at the count-th call.
    """

    def prepare(thing, method, count, times=1):
        true, calls = getattr(thing, method), []

        def call(*args, **kwargs):
            calls.append(None)
            if len(calls) == count:
                for _ in range(times):
                    os.kill(os.getpid(), signal.SIGINT)
            return true(*args, **kwargs)

        monkeypatch.setattr(thing, method, call)

    handler = signal.getsignal(signal.SIGINT)
    yield prepare
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_while_looking_for_people(run_demo, short_clip, ctrl_c):
    ctrl_c(BlazePose2D, '__call__', 3)
    result = run_demo(short_clip)
    assert result.code == 130
    assert names(result.out) == ['person_000.partial.npz']
    person = load_person(result.out / 'person_000.partial.npz')
    assert person['frames'].tolist() == [0, 1, 2]
    assert 'after the poses of 3 of 5 frames' in one_line(result)
    assert 'person_000.partial.npz' in one_line(result)


def test_ctrl_c_while_making_meshes(run_demo, short_clip, ctrl_c, flat_mesher):
    ctrl_c(type(flat_mesher), '__call__', 1)
    result = run_demo(short_clip)
    assert result.code == 130 and 'before drawing' in one_line(result)
    assert names(result.out) == ['person_000.npz']
    assert len(load_person(result.out / 'person_000.npz')['frames']) == 5


def test_ctrl_c_while_drawing(run_demo, short_clip, ctrl_c):
    ctrl_c(SheetCollector, 'add', 3)
    result = run_demo(short_clip)
    assert result.code == 130
    assert 'after drawing 3 of 5 frames' in one_line(result)
    assert names(result.out) == [
        'contact_sheet.partial.jpg', 'person_000.npz',
        'walk_overlay.partial.mp4'
    ]
    path = result.out / 'walk_overlay.partial.mp4'
    with VideoReader(path) as overlay:
        assert len(list(overlay)) == 3
    with av.open(str(path)) as container:
        end = max(float(f.time) for f in container.decode(audio=0))
    assert 0.1 < end < 0.25  # three frames at 15 a second
    # A whole run leaves nothing of it.
    assert run_demo(short_clip).code == 0
    assert names(result.out) == [
        'contact_sheet.jpg', 'person_000.npz', 'walk_overlay.mp4'
    ]


@pytest.mark.parametrize('thing, method, kept', [
    (BlazePose2D, '__call__', []),
    (SheetCollector, 'add', ['person_000.npz']),
])
def test_ctrl_c_twice_stops_at_once(run_demo, short_clip, ctrl_c, thing,
                                    method, kept):
    ctrl_c(thing, method, 3, times=2)
    result = run_demo(short_clip)
    assert result.code == 130 and names(result.out) == kept
    assert one_line(result).startswith('interrupted; ')


def test_ctrl_c_before_anybody_was_seen(run_demo, make_video, numbered,
                                        ctrl_c):
    ctrl_c(BlazePose2D, '__call__', 2)
    result = run_demo(make_video(numbered(4, 120, 160)))
    assert result.code == 130 and not result.out.exists()
    assert 'nobody was seen' in one_line(result)


def test_ctrl_c_while_loading(run_demo, short_clip, ctrl_c):
    ctrl_c(BlazePose2D, 'reset', 1)  # called by the constructor
    result = run_demo(short_clip)
    assert result.code == 130 and not result.out.exists()
    assert one_line(result).endswith('nothing')


def test_earlier_files_are_told_apart(run_demo, short_clip):
    result = run_demo(short_clip, '--no-render')
    person = result.out / 'person_000.npz'
    (result.out / 'person_003.npz').write_bytes(person.read_bytes())
    result = run_demo(short_clip, '--no-render')
    assert 'person_003.npz' in result.text and 'earlier run' in result.text


@pytest.mark.slow
def test_ctrl_c_in_a_process_of_its_own(clip, trained, tmp_path):
    """The whole command with its own networks, and the signal of a shell."""
    command = [
        sys.executable, 'demo/video_demo.py',
        str(clip), '--checkpoint',
        str(trained / 'iter_6.pth'), '--out-dir',
        str(tmp_path), '--renderer', 'software', '--quiet'
    ]
    with subprocess.Popen(
            command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        part = tmp_path / '.cam03_overlay.mp4.part.mp4'
        while not part.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert len(errors.splitlines()) == 1
    assert sorted(os.listdir(tmp_path)) == [
        'cam03_overlay.partial.mp4', 'contact_sheet.partial.jpg',
        'person_000.npz'
    ]
    with VideoReader(tmp_path / 'cam03_overlay.partial.mp4') as overlay:
        assert len(list(overlay)) >= 1
