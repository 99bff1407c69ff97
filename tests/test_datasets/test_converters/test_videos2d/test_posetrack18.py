# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from people_files import cut_short, write_json, write_picture

from mmarts.datasets import MeshDataset

pytest.importorskip('xtcocotools')

K = 17
FRAMES = 6


def video(name, tracks=(0, 1), frames=range(FRAMES), **changes):
    images, people = [], []
    for frame in frames:
        images.append(
            dict(
                id=1000 + frame,
                frame_id=1000 + frame,
                vid_id=name[:6],
                file_name=f'images/val/{name}/{frame:06}.jpg',
                width=64,
                height=48,
                is_labeled=True))
        for track in tracks:
            people.append(
                dict(
                    dict(
                        id=10 * frame + track,
                        image_id=1000 + frame,
                        track_id=track,
                        category_id=1,
                        bbox=[4, 5, 30, 40],
                        keypoints=[10 + track, 20 + frame, 1] * K,
                        scores=[]), **changes))
    return dict(images=images, annotations=people, categories=[])


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'posetrack18'
    write_json(root / 'annotations/val/000001_mpii_test.json',
               video('000001_mpii_test'))
    write_json(root / 'annotations/train/000002_mpii_train.json',
               video('000002_mpii_train', frames=(0, 1, 2, 8, 9, 10)))
    return root


def test_tracks_are_people_of_videos(root, convert):
    result = convert('posetrack18', root, fps=25)
    assert set(result.splits) == {'train', 'val'}
    arrays = result['val']
    assert arrays['sequence'].tolist() == ['000001_mpii_test'] * 12
    assert arrays['person'].tolist() == ['0'] * 6 + ['1'] * 6
    assert arrays['frame_index'].tolist() == [*range(6)] * 2
    np.testing.assert_allclose(arrays['keypoints2d'][8], [[11.5, 22.5]] * K)
    assert float(arrays['fps']) == 25


def test_windows_end_where_nobody_annotated(root, convert):
    path = convert('posetrack18', root).out / 'train.mmarts'
    dataset = MeshDataset(str(path), num_frames=3)
    frames = [dataset[i]['data_samples'].frame_index.tolist() for i in (0, 1)]
    assert len(dataset) == 4 and frames == [[0, 1, 2], [8, 9, 10]]


@pytest.mark.robustness
def test_bad_input_is_named(root, refuses, convert):
    path = root / 'annotations/val/000001_mpii_test.json'
    for changes, words in ((dict(keypoints=[1] * 50), '51 numbers'),
                           (dict(keypoints=[np.nan] * 51), 'without a key'),
                           (dict(track_id=0), 'comes twice in frame 0'),
                           (dict(bbox=[1, 2, 3, np.inf]), 'box[3] is inf')):
        write_json(path, video('000001_mpii_test', **changes))
        if 'without' in words:
            entry = convert('posetrack18', root).splits['val']
            assert words in str(entry['skipped'])
            continue
        result, bad = refuses('posetrack18', root, path.name, 'annotation',
                              words)
        assert result.splits['train']['rows'] == 12
    content = video('000001_mpii_test')
    del content['annotations'][3]['track_id']
    content['images'][5]['file_name'] = 'images/val/a/last.jpg'
    write_json(path, content)
    result, bad = refuses('posetrack18', root, "lacks ['track_id']")
    assert len(bad) == 3 and 'number of a frame' in bad[1]
    write_json(path, video('000001_mpii_test'))
    for frame in range(FRAMES):
        write_picture(root / f'images/val/000001_mpii_test/{frame:06}.jpg',
                      64 - (frame == 4), 48)
    for frame in (0, 1, 2, 8, 9, 10):
        write_picture(root / f'images/val/000002_mpii_train/{frame:06}.jpg',
                      64, 48)
    result, bad = refuses(
        'posetrack18', root, '000004.jpg', '63 x 48', images=str(root))
    assert len(bad) == 2
    (root / 'images/val/000001_mpii_test/000003.jpg').unlink()
    refuses('posetrack18', root, '000003.jpg', 'is not in', images=str(root))
    cut_short(path)
    result, bad = refuses('posetrack18', root, path.name, 'no complete JSON')
    assert result.splits['train']['rows'] == 12
    for path in (root / 'annotations').rglob('*.json'):
        path.unlink()
    with pytest.raises(ValueError, match='has no annotations'):
        convert('posetrack18', root)


def test_real_videos(shared, convert):
    root = shared / 'samples/mmpose_tests/posetrack18'
    arrays = convert('posetrack18', root)['val']
    assert len(arrays['person']) == 14
    assert set(arrays['sequence']) == {
        '003418_mpii_test', '009473_mpii_test', '012834_mpii_test'
    }
    # Both points of the head: the top is above the bottom.
    seen = (arrays['keypoints2d_score'][:, 1:3] > 0).all(-1)
    heads = arrays['keypoints2d'][seen][:, 1:3, 1]
    assert (heads[:, 1] < heads[:, 0]).all()
