# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from people_files import cut_short, write_json, write_picture

K = 14
FOLDER = 'ai_challenger_keypoint_train_20170902'
FILE = f'{FOLDER}/keypoint_train_annotations_20170909.json'
PICTURE = f'{FOLDER}/keypoint_train_images_20170902/a1.jpg'


def entry(**changes):
    # Flags: 1 is seen, 2 is hidden, 3 is not labelled.
    one = [v for k in range(K) for v in (10 + k, 20, 1 + k % 3)]
    return dict(
        dict(
            image_id='a1',
            url='http://nowhere',
            human_annotations=dict(human1=[5, 6, 40, 50], human2=[1, 2, 3, 9]),
            keypoint_annotations=dict(human1=one, human2=[0, 0, 3] * K)),
        **changes)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'aic'
    write_picture(root / PICTURE, 80, 60)
    write_json(root / FILE, [entry()])
    return root


def test_the_original_list(root, convert):
    result = convert('aic', root, images=str(root))
    arrays = result['train']
    assert arrays['image'].tolist() == [PICTURE.encode()]
    assert (arrays['keypoints2d_score'][0] == (np.arange(K) % 3 < 2)).all()
    np.testing.assert_allclose(arrays['keypoints2d'][0, 4], [14.5, 20.5])
    np.testing.assert_allclose(arrays['box'][0], [5, 6, 40, 50])
    skipped = result.splits['train']['skipped']
    assert skipped['without a keypoint']['count'] == 1


@pytest.mark.robustness
def test_bad_records_are_named(root, refuses):
    good = entry(image_id='a1')
    for changes, words in (
        (dict(keypoint_annotations=dict(human1=[1, 2, 1] * 15)),
         '42 numbers, but has the shape (45,)'),
        (dict(keypoint_annotations=dict(human1=[float('nan'), 2, 1] * K)),
         'keypoints2d[0, 0] is nan'), (dict(human_annotations={}),
                                       "KeyError: 'human1'"),
        (dict(keypoint_annotations=3), 'not iterable'), (dict(image_id='b2'),
                                                         'is not in')):
        write_json(root / FILE, [entry(**changes), dict(good)])
        result, bad = refuses(
            'aic', root, FILE, 'entry 0', words, images=str(root))
        assert len(result['train']['person']) == 1
    write_json(root / FILE, [{'image_id': 'a1'}])
    refuses(
        'aic',
        root,
        'entry 0',
        "lacks ['keypoint_annotations'",
        images=str(root))


@pytest.mark.robustness
def test_bad_files_are_named(root, refuses, convert):
    refuses('aic', root, FILE, 'name their folder')
    cut_short(root / FILE)
    refuses('aic', root, FILE, 'no complete JSON file', images=str(root))
    (root / FILE).unlink()
    with pytest.raises(ValueError, match='has no keypoint_'):
        convert('aic', root)


def test_real_people(shared, convert):
    pytest.importorskip('xtcocotools')
    root = shared / 'samples/mmpose_tests/aic'
    arrays = convert('aic', root, images=str(root))['test']
    assert len(arrays['person']) == 9
    # Few joints lie outside the boxes; heads are above necks.
    low, high = arrays['box'][:, None, :2] - 5, arrays['box'][:, None, 2:] + 5
    inside = ((arrays['keypoints2d'] > low) & (arrays['keypoints2d'] < high))
    assert inside.all(-1)[arrays['keypoints2d_score'] > 0].mean() > 0.9
    assert (arrays['keypoints2d'][:, 12, 1] < arrays['keypoints2d'][:, 13,
                                                                    1]).all()
