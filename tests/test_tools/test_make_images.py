# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import cv2
import numpy as np
import pytest
import torch

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets import FreeMotionImages, PictureClips
from mmarts.datasets.images import picture_writer
from mmarts.structures import check_sample

DATA = dict(
    type='FreeMotionImages',
    split='train',
    num_frames=2,
    interval=5,
    joint_set='smpl24',
    box='window',
    crop_size=64,
    augment=dict(margin=(1.6, 1.6)))


def make(folder, num=5, **changes):
    return picture_writer.write_pictures(dict(DATA, **changes), folder, num)


@pytest.fixture(scope='module', autouse=True)
def small_chunks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_writer, 'CHUNK', 2)
        yield


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pictures')
    assert make(folder) == dict(samples=5, pictures=10, rendered=5)
    return folder


def test_what_is_read_is_what_was_rendered(written):
    AnnotationFile(written / 'train.mmarts').verify()
    read = PictureClips(
        str(written / 'train.mmarts'),
        num_frames=2,
        interval=1,
        joint_set='smpl24',
        crop_size=64,
        box='window',
        body_model=dict(type='FreeBody'))
    drawn = FreeMotionImages(**{k: v for k, v in DATA.items() if k != 'type'})
    assert len(read) == 5
    for index in (0, 3):
        ours, theirs = read[index], drawn[index]
        sample, exact = ours['data_samples'], theirs['data_samples']
        check_sample(sample)
        assert sample.frame_index.tolist() == [0, 5]
        for name in ('joints3d', 'transl', 'betas', 'body_pose'):
            assert torch.allclose(sample.get(name), exact.get(name), atol=1e-4)
        # The same person in the same place of another crop.
        picture = cv2.imread(str(written / sample.image[1]))[..., ::-1]
        points = (exact.keypoints2d_crop[1] + 1) * 32
        assert (sample.keypoints2d[1] - points).abs().max() < 1e-2
        error = picture.astype(float) - theirs['inputs']['image'][1].movedim(
            0, -1).numpy()
        assert np.abs(error).mean() < 12


def test_an_interrupted_call_goes_on_and_ends_in_the_same_bytes(
        written, tmp_path, monkeypatch):
    calls = []
    build = picture_writer._write_jpegs

    def stop_at_third(folder, index, *args):
        calls.append(index)
        if index == 3 and calls.count(3) == 1:
            raise KeyboardInterrupt
        return build(folder, index, *args)

    monkeypatch.setattr(picture_writer, '_write_jpegs', stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path)
    assert not (tmp_path / 'train.mmarts').exists()
    assert [p.name for p in (tmp_path / 'train').glob('[0-9]*')] == ['00000']
    # The first chunk is not rendered again.
    assert make(tmp_path)['rendered'] == 3
    assert calls == [0, 1, 2, 3, 2, 3, 4]
    for path in written.rglob('*'):
        if path.is_file():
            twin = tmp_path / path.relative_to(written)
            assert twin.read_bytes() == path.read_bytes()
    assert not list(tmp_path.rglob('.*'))


def test_a_second_call_does_nothing_and_other_settings_are_refused(written):
    assert make(written)['rendered'] == 0
    for changes in (dict(seed=1), dict(num=4)):
        with pytest.raises(ValueError, match='other settings'):
            make(written, **changes)


def test_more_than_there_is_cannot_be_asked_for(tmp_path):
    with pytest.raises(ValueError, match='10000'):
        make(tmp_path, 10000, split='val')


@pytest.mark.slow
def test_the_command_on_two_processes(run_tool, tmp_path):
    out = run_tool('make_images', tmp_path, '--num', 3, '--split', 'test',
                   '--size', 48, '--jobs', 2)
    assert out.returncode == 0, out.stderr
    assert '3 pictures of 3 samples' in out.stdout
    assert (tmp_path / 'test_sheet.jpg').stat().st_size > 1000
    data = PictureClips(
        str(tmp_path / 'test.mmarts'), num_frames=1, interval=1)
    assert data[0]['data_samples'].joint_set == 'spin49'


def test_the_speed_is_measured_without_writing(call_tool, tmp_path):
    out = call_tool('make_images', tmp_path / 'none', '--num', 2, '--size', 32,
                    '--no-write', '--jobs', 1)
    assert out.returncode == 0, out.stderr
    assert float(out.stdout.split()[0]) > 0
    assert not (tmp_path / 'none').exists()


def test_wrong_numbers_are_one_line(call_tool, tmp_path):
    out = call_tool('make_images', tmp_path, '--num', 0)
    assert out.returncode == 1 and '--num' in out.stderr
