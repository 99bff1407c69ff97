# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The whole way through a video, with a stand-in for the network."""
import subprocess
import sys

import numpy as np
import pytest
import torch

from mmarts.apis import (VideoInferencer, VideoReader, demo_cli, inferencer,
                         load_person)
from mmarts.apis.overlay_video import PeopleDrawer, SheetCollector
from mmarts.apis.results import project_joints
from mmarts.compat.safe_load import load_checkpoint
from mmarts.visualization.overlay import LEFT, RIGHT
from mmarts.visualization.renderer import create_renderer

pytest.importorskip('av')
pytest.importorskip('ai_edge_litert')


def test_whole_way(short_clip, tmp_path, stand_in, capsys):
    out = tmp_path / 'out'
    code = demo_cli.main([str(short_clip), '--out-dir', str(out), *stand_in])
    assert code == 0
    assert sorted(p.name for p in out.iterdir()) == [
        'contact_sheet.jpg', 'person_000.npz', 'walk_overlay.mp4'
    ]
    with VideoReader(short_clip) as source, VideoReader(
            out / 'walk_overlay.mp4') as overlay:
        assert overlay.size == source.size == (544, 960)
        assert overlay.fps == pytest.approx(source.fps)
        assert len(list(overlay)) == len(list(source)) == 5
    person = load_person(out / 'person_000.npz')
    assert person['image_size'] == (544, 960)
    assert person['focal_length'] == pytest.approx(np.hypot(544, 960))
    text = capsys.readouterr().out
    for word in ('decode', 'pose', 'mesh', 'render', 'encode', 'person 0',
                 'walk_overlay.mp4'):
        assert word in text


def test_without_rendering_only_the_people_are_written(short_clip, tmp_path,
                                                       stand_in):
    out = tmp_path / 'out'
    assert demo_cli.main([
        str(short_clip), '--out-dir',
        str(out), '--no-render', '--focal-length', '700', *stand_in
    ]) == 0
    assert [p.name for p in out.iterdir()] == ['person_000.npz']
    assert load_person(out / 'person_000.npz')['focal_length'] == 700


def test_drawn_joints_are_the_projected_ones(short_clip, tmp_path,
                                             flat_mesher):
    """What is seen in the overlay is joints3d through K, to a pixel."""
    result = VideoInferencer(mesher=flat_mesher)(
        short_clip, tmp_path, render=False, progress=False)
    track, mesh_track = result.tracks[0], result.mesh_tracks[0]
    person = load_person(result.persons[0])
    pixels = person['joints3d'] @ person['K'].T
    pixels = pixels[..., :2] / pixels[..., 2:]
    np.testing.assert_allclose(project_joints(mesh_track), pixels, atol=1e-2)
    drawer = PeopleDrawer([track], [mesh_track], flat_mesher.vertices,
                          create_renderer(flat_mesher.body_model.faces,
                                          track.image_size, 'software'))
    image = np.zeros((960, 544, 3), np.uint8)
    drawer.draw(image, 2)
    names = person['joint_names'].tolist()
    for joint, colour in (('L_Wrist', LEFT), ('R_Ankle', RIGHT)):
        x, y = pixels[2, names.index(joint)]
        # The middle of what is drawn around the joint's end of the limb.
        rows, columns = np.nonzero((image == colour).all(-1))
        near = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
        assert near.min() < 1


@pytest.mark.robustness
@pytest.mark.parametrize('kind, words', [
    ('missing', 'There is no file'),
    ('folder', 'is a folder'),
    ('text', 'cannot be read as a video'),
    ('nobody', 'Nobody was found'),
])
def test_bad_input_is_one_line(tmp_path, make_video, numbered, stand_in, capfd,
                               kind, words):
    path = tmp_path / 'bad.mp4'
    if kind == 'folder':
        path.mkdir()
    elif kind == 'text':
        path.write_text('not a video\n' * 9)
    elif kind == 'nobody':
        path = make_video(numbered(4, 120, 160))
    out = tmp_path / 'out'
    assert demo_cli.main([str(path), '--out-dir', str(out), *stand_in]) == 1
    errors = capfd.readouterr().err.splitlines()
    assert len(errors) == 1 and words in errors[0]
    assert not out.exists()


@pytest.mark.robustness
def test_missing_weights_say_what_to_do(short_clip, monkeypatch, tmp_path,
                                        capsys):
    monkeypatch.setattr(demo_cli, 'DEFAULT_CHECKPOINT', tmp_path / 'no.pth')
    assert demo_cli.main([str(short_clip)]) == 1
    assert 'quickstart' in capsys.readouterr().err
    assert demo_cli.main([str(short_clip), '--checkpoint', 'none.pth']) == 1
    assert 'none.pth' in capsys.readouterr().err


@pytest.mark.robustness
def test_a_part_that_is_not_here_is_one_line(short_clip, trained, tmp_path,
                                             capfd):
    checkpoint = load_checkpoint(trained / 'iter_6.pth')
    checkpoint['meta']['mmarts']['custom_imports'] = dict(
        imports=['projects.far_away.head'])
    torch.save(checkpoint, tmp_path / 'far.pth')
    code = demo_cli.main([
        str(short_clip), '--checkpoint',
        str(tmp_path / 'far.pth'), '--out-dir',
        str(tmp_path / 'out')
    ])
    errors = capfd.readouterr().err.splitlines()
    assert code == 1 and len(errors) == 1
    assert 'projects.far_away.head' in errors[0]
    assert 'far.pth' in errors[0] and 'PYTHONPATH' in errors[0]


@pytest.mark.robustness
@pytest.mark.parametrize('focal', ['-5', '0', 'nan'])
def test_impossible_focal_length(short_clip, stand_in, tmp_path, capsys,
                                 focal):
    code = demo_cli.main([
        str(short_clip), f'--focal-length={focal}', '--out-dir',
        str(tmp_path / 'out'), *stand_in
    ])
    assert code == 1 and 'focal length' in capsys.readouterr().err


@pytest.mark.robustness
def test_impossible_stride(short_clip, trained, tmp_path, capfd):
    code = demo_cli.main([
        str(short_clip), '--out-dir',
        str(tmp_path / 'out'), '--checkpoint',
        str(trained / 'iter_6.pth'), '--stride', '40'
    ])
    errors = capfd.readouterr().err.splitlines()
    assert code == 1 and len(errors) == 1
    assert 'stride should be 1 to 16' in errors[0]


def test_options_reach_the_network(monkeypatch, flat_mesher):
    asked, options = [], dict(
        stride=4, smoothing=0.1, height=1.8, fit=False, dtype='bfloat16')
    monkeypatch.setattr(
        inferencer, '_load_mesher', lambda *args, **given: asked.append(
            (args, given)) or flat_mesher)
    VideoInferencer('some.pth', 'cpu', **options)
    assert asked == [(('some.pth', 'cpu'), options)]


def test_sheet_holds_a_bounded_number_of_pictures(tmp_path):
    sheet = SheetCollector()
    frame = np.zeros((40, 30, 3), np.uint8)
    for number in range(3000):
        sheet.add(frame, number)
    assert 20 <= len(sheet._pictures) <= 40
    steps = np.diff([n for n, _ in sheet._pictures])
    assert len(set(steps.tolist())) == 1 and steps[0] % 10 == 0


def test_importing_the_package_needs_no_optional_library():
    """Neither video, nor renderer, nor network library is touched."""
    code = ('import sys\n'
            'for name in ("av", "moderngl", "ai_edge_litert"):\n'
            '    sys.modules[name] = None\n'
            'import mmarts.apis\n'
            'assert "torch" not in sys.modules\n'
            'from mmarts.apis import BlazePose2D, VideoReader, TrackBuilder\n'
            'from mmarts.apis.demo_cli import build_parser\n'
            'print(build_parser().format_help())\n')
    done = subprocess.run([sys.executable, '-c', code],
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert 'examples:' in done.stdout
