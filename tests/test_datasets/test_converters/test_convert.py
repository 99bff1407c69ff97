# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json

import numpy as np
import pytest

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets import MeshDataset
from mmarts.datasets.converters.annotation_rows import rows_of
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.datasets.converters.dataset_converter import DatasetConverter, Part
from mmarts.datasets.converters.image_files import ImageFiles
from mmarts.datasets.converters.source_files import SourceFiles
from mmarts.registry import CONVERTERS


class Numbers(DatasetConverter):
    """``<split>_<name>.txt``: a frame number a line, ``x`` is a crowd."""

    title = 'Numbers'
    reads = []

    def __init__(self, offset=0):
        self.offset = offset

    def parts(self, files):
        return [Part(path.split('_')[0], path, (path, )) for path in files]

    def values(self):
        return dict(fps=25., joint_set='coco19', body_model_id='')

    def read(self, part, files, log):
        self.reads.append(part.name)
        for number, line in enumerate(files.read(part.paths[0]).split()):
            if line == b'x':
                log.skip(f'line {number}', 'a crowd')
            elif not line.isdigit():
                log.bad(f'line {number}', f'"{line.decode()}" is no number')
            else:
                yield self.row(part, int(line))

    def row(self, part, frame):
        return dict(
            sequence=np.array([part.name]),
            person=np.array(['0']),
            frame_index=np.array([frame]),
            image_size=np.array([(640, 480)]),
            keypoints2d=np.full((1, 19, 2), frame + self.offset, 'f4'),
            keypoints2d_score=np.ones((1, 19), 'f4'))


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    """A folder of such files; the converter is known by "numbers"."""
    monkeypatch.setitem(CONVERTERS.module_dict, 'numbers', Numbers)
    Numbers.reads.clear()
    root = tmp_path / 'in'
    root.mkdir()
    (root / 'train_a.txt').write_text('1 2 3 4')
    (root / 'train_b.txt').write_text('7 x 8')
    (root / 'test_a.txt').write_text('5')
    return root


def convert(root, **kwargs):
    options = kwargs.pop('options', {})
    return convert_dataset(
        dict(type='numbers', **options), str(root), root.parent / 'out',
        **kwargs)


def test_splits_are_files_that_the_dataset_reads(numbers):
    report, out = convert(numbers), numbers.parent / 'out'
    assert sorted(p.name for p in out.iterdir()) == [
        'report.json', 'test.mmarts', 'train.mmarts'
    ]
    file = AnnotationFile(out / 'train.mmarts')
    file.verify()
    assert file.header['converter'] == 'numbers'
    assert file.header['source'] == 'Numbers'
    assert file.arrays['frame_index'].tolist() == [1, 2, 3, 4, 7, 8]
    assert [file.track_name(i)[0]
            for i in (0, 1)] == ['train_a.txt', 'train_b.txt']
    assert len(MeshDataset(str(out / 'train.mmarts'), num_frames=2)) == 4
    entry = report['splits']['train']
    assert (entry['rows'], entry['tracks'], entry['bad']) == (6, 2, [])
    assert entry['skipped'] == {
        'a crowd': dict(count=1, examples=['train_b.txt, line 1'])
    }
    assert json.loads(
        (out / 'report.json').read_text())['splits'] == report['splits']


def test_what_is_done_is_not_done_again(numbers):
    first = convert(numbers)
    Numbers.reads.clear()
    again = convert(numbers)
    assert not Numbers.reads and sorted(again['done']) == ['test', 'train']
    assert again['splits'] == first['splits']
    # A file that changed, and an option that did.
    (numbers / 'test_a.txt').write_text('5 6')
    assert convert(numbers)['done'] == ['train']
    assert Numbers.reads == ['test_a.txt']
    assert convert(numbers, options=dict(offset=1))['done'] == []
    file = AnnotationFile(numbers.parent / 'out' / 'test.mmarts')
    assert file.arrays['keypoints2d'][:, 0, 0].tolist() == [6, 7]


def test_an_interrupted_call_goes_on_where_it_stopped(numbers, monkeypatch):
    read = Numbers.read

    def interrupted(self, part, files, log):
        if part.name == 'train_b.txt':
            raise KeyboardInterrupt
        return read(self, part, files, log)

    out = numbers.parent / 'out'
    with monkeypatch.context() as patch:
        patch.setattr(Numbers, 'read', interrupted)
        with pytest.raises(KeyboardInterrupt):
            convert(numbers)
    assert not (out / 'train.mmarts').exists()
    Numbers.reads.clear()
    assert convert(numbers)['splits']['train']['rows'] == 6
    assert Numbers.reads == ['train_b.txt']
    assert not list(out.glob('.*'))


@pytest.mark.robustness
def test_a_bad_record_ends_the_call_or_is_listed(numbers):
    (numbers / 'train_b.txt').write_text('7 seven 8')
    with pytest.raises(
            ValueError, match='^train_b.txt, line 1: "seven" is no number$'):
        convert(numbers)
    assert not (numbers.parent / 'out' / 'train.mmarts').exists()
    entry = convert(numbers, skip_bad=True)['splits']['train']
    assert entry['rows'] == 6
    assert entry['bad'] == ['train_b.txt, line 1: "seven" is no number']
    # What was done before the error stays done; what was listed does not.
    assert Numbers.reads.count('train_a.txt') == 1
    with pytest.raises(ValueError, match='seven'):
        convert(numbers)


@pytest.mark.robustness
@pytest.mark.parametrize('error,words', [
    (ValueError('train_b.txt: ends early'), '^train_b.txt: ends early$'),
    (OSError('no such disk'), '^train_b.txt: no such disk$'),
    (KeyError('poses'), "^train_b.txt: is not of the layout .*KeyError.*poses")
])
def test_a_broken_file_is_one_line(numbers, monkeypatch, error, words):
    read = Numbers.read

    def broken(self, part, files, log):
        yield self.row(part, 1)
        if part.name == 'train_b.txt':
            raise error
        yield from read(self, part, files, log)

    monkeypatch.setattr(Numbers, 'read', broken)
    (numbers / 'train_a.txt').write_text('2 3')
    (numbers / 'test_a.txt').write_text('2')
    with pytest.raises(ValueError, match=words):
        convert(numbers)
    entry = convert(numbers, skip_bad=True)['splits']['train']
    # Nothing of the broken file, though it began well.
    assert (entry['rows'], entry['tracks'], len(entry['bad'])) == (3, 1, 1)


def test_rows_of_a_file_come_back_in_chunks(numbers):
    convert(numbers)
    file = AnnotationFile(numbers.parent / 'out' / 'train.mmarts')
    chunks = list(rows_of(file, 4))
    assert [len(c['person']) for c in chunks] == [4, 2]
    assert chunks[1]['sequence'].tolist() == ['train_b.txt'] * 2


@pytest.mark.robustness
def test_pictures_are_looked_at(tmp_path, numbers):
    from PIL import Image
    (tmp_path / 'a').mkdir()
    Image.new('RGB', (8, 6)).save(tmp_path / 'a' / '1.jpg')
    (tmp_path / 'a' / '2.jpg').write_bytes(
        (tmp_path / 'a' / '1.jpg').read_bytes()[:20])
    files = ImageFiles(tmp_path)
    assert files.fault('a/1.jpg') is files.fault('a/1.jpg', (8, 6)) is None
    assert '8 x 6 pixels, but should have 6 x 8' in files.fault(
        'a/1.jpg', (6, 8))
    assert 'cannot be read' in files.fault('a/2.jpg', (8, 6))
    assert 'is not in' in files.fault('b/1.jpg')
    assert ImageFiles().fault('anything.jpg', (1, 1)) is None
    with pytest.raises(FileNotFoundError, match='no folder'):
        ImageFiles(tmp_path / 'c')


def test_stamps_change_with_the_file(numbers, tmp_path):
    import zipfile
    files = SourceFiles(numbers)
    before = files.stamp('test_a.txt')
    (numbers / 'test_a.txt').write_text('55')
    assert files.stamp('test_a.txt') != before
    stamps = set()
    for text in ('5', '6'):
        with zipfile.ZipFile(tmp_path / 'z.zip', 'w') as archive:
            archive.writestr('a.txt', text)
        stamps.add(SourceFiles(tmp_path / 'z.zip').stamp('a.txt'))
    assert len(stamps) == 2


def test_the_tool_reports_and_fails_in_one_line(numbers, tmp_path, call_tool):
    (numbers / 'train_b.txt').write_text('7 seven 8')
    args = 'convert_dataset', 'numbers', numbers, tmp_path / 'out'
    done = call_tool(*args)
    assert done.returncode == 1
    assert done.stderr.startswith('error: train_b.txt, line 1: "seven"')
    done = call_tool(*args, '--skip-bad', '--options', 'offset=2')
    assert done.returncode == 0, done.stderr
    assert 'bad: train_b.txt, line 1: "seven" is no number' in done.stdout
    done = call_tool(*args, '--fps', 25)
    assert done.returncode == 1
    assert ('The converter "numbers" has no option [\'fps\']; it has '
            '[\'offset\']') in done.stderr
    done = call_tool('convert_dataset', 'detections', numbers, tmp_path)
    assert 'needs --options annotations=...' in done.stderr
    (numbers / 'test_a.txt').write_text('five')
    done = call_tool(*args, '--skip-bad')
    assert done.returncode == 1
    assert "Nothing could be converted of ['test']" in done.stderr


@pytest.mark.robustness
def test_options_that_a_converter_does_not_have(numbers, tmp_path):
    with pytest.raises(ValueError) as caught:
        convert_dataset(
            dict(type='numbers', fps=25.), str(tmp_path / 'in'),
            tmp_path / 'out')
    assert str(caught.value) == ('The converter "numbers" has no option '
                                 "['fps']; it has ['offset'].")
