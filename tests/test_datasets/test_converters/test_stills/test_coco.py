# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import cv2
import numpy as np
import pytest
from people_files import cut_short, write_json, write_picture

from mmarts.datasets import MeshDataset
from mmarts.structures import check_sample

pytest.importorskip('xtcocotools')
pytest.importorskip('pycocotools')

K = 17
ANNOTATIONS = 'annotations/person_keypoints_val2017.json'


def person(number, image=7, **changes):
    keypoints = [v for k in range(K) for v in (10 + k, 20 + 2 * k, 2)]
    keypoints[3:6] = 0, 0, 0  # the left eye is not labelled
    entry = dict(
        id=number,
        image_id=image,
        category_id=1,
        iscrowd=0,
        num_keypoints=K - 1,
        bbox=[8, 16, 40, 60],
        keypoints=keypoints)
    return dict(entry, **changes)


def content(*people):
    names = ['nose'] + [f'joint{k}' for k in range(1, K)]
    return dict(
        images=[dict(id=7, file_name='0007.jpg', width=64, height=96)],
        annotations=list(people),
        categories=[dict(id=1, name='person', keypoints=names)])


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'coco'
    write_picture(root / 'val2017/0007.jpg', 64, 96)
    write_json(root / ANNOTATIONS, content(person(1), person(2)))
    return root


def test_rows_are_the_annotations(root, convert):
    arrays = convert('coco', root, images=str(root))['val2017']
    assert arrays['image'].tolist() == [b'val2017/0007.jpg'] * 2
    assert arrays['person'].tolist() == ['1', '2']
    assert arrays['annotation_id'].tolist() == [1, 2]
    assert arrays['image_size'].tolist() == [[64, 96]] * 2
    # A keypoint is a pixel, whose centre is half a pixel off its corner.
    expected = np.array([(10.5 + k, 20.5 + 2 * k) for k in range(K)])
    expected[1] = 0
    np.testing.assert_allclose(arrays['keypoints2d'][0], expected)
    assert arrays['keypoints2d_score'][0].tolist() == [1, 0] + [1] * 15
    np.testing.assert_allclose(arrays['box'][0], [8, 16, 48, 76])
    assert 'K' not in arrays and 'betas' not in arrays


def test_the_dataset_reads_stills(root, convert):
    result = convert('coco', root)
    dataset = MeshDataset(str(result.out / 'val2017.mmarts'), num_frames=1)
    sample = dataset[1]['data_samples']
    check_sample(sample)
    assert len(dataset) == 2 and sample.person == '2'
    assert sample.keypoints2d_valid.sum() == K - 1


def test_crowds_and_people_without_a_keypoint_are_left_out(root, convert):
    write_json(
        root / ANNOTATIONS,
        content(
            person(1), person(2, iscrowd=1), person(3, keypoints=[0] * 3 * K)))
    entry = convert('coco', root).splits['val2017']
    assert entry['rows'] == 1 and not entry['bad']
    assert {
        k: v['count']
        for k, v in entry['skipped'].items()
    } == {
        'a crowd': 1,
        'without a keypoint': 1
    }


def test_slices_of_a_large_file_are_all_of_it(root, convert, monkeypatch):
    from mmarts.datasets.converters.stills import coco_people
    write_json(root / ANNOTATIONS, content(*map(person, range(1, 12))))
    monkeypatch.setattr(coco_people, '_SLICE_BYTES', 1000)
    arrays = convert('coco', root)['val2017']
    assert arrays['person'].tolist() == [str(i) for i in range(1, 12)]


def test_outlines_lie_over_the_box(root, convert):
    # The left half of the box, as a polygon and as a column-wise mask.
    polygon = [[8, 16, 28, 16, 28, 76, 8, 76]]
    runs = dict(
        size=[96, 64],
        counts=[8 * 96 + 16] + [60, 36] * 19 + [60, 20 + 36 * 96])
    write_json(
        root / ANNOTATIONS,
        content(
            person(1, segmentation=polygon), person(2, segmentation=runs),
            person(3)))
    arrays = convert('coco', root)['val2017']
    assert arrays['mask_valid'].tolist() == [True, True, False]
    half = np.repeat([[1] * 28 + [0] * 28], 56, 0)
    for packed in arrays['mask'][:2]:
        cells = np.unpackbits(packed, axis=-1)
        assert (cells != half).mean() < 0.03
    assert not convert('coco', root, masks=False)['val2017'].get('mask')


@pytest.mark.robustness
@pytest.mark.parametrize('changes, words', [
    (dict(keypoints=[1] * 3 * (K - 1)), 'should be 51 numbers'),
    (dict(keypoints=[float('nan'), 5, 2] * K), 'keypoints2d[0, 0] is nan'),
    (dict(keypoints=None), 'should be 51 numbers'),
    (dict(bbox=[8, 16, 0, 60]), 'is empty'),
    (dict(bbox=[8, 16]), 'should be 4 numbers'),
    (dict(image_id=8), 'no image 8'),
    (dict(segmentation=[[1, 2, 3]]), '"segmentation" is malformed'),
    (dict(segmentation=dict(size=[4, 4], counts=[16])), '"segmentation"'),
])
def test_a_bad_person_is_named(root, refuses, changes, words):
    write_json(root / ANNOTATIONS, content(person(1), person(2, **changes)))
    result, bad = refuses('coco', root, f'{ANNOTATIONS}, annotation 2', words)
    assert result['val2017']['person'].tolist() == ['1'] and len(bad) == 1


@pytest.mark.robustness
def test_entries_that_break_the_index_are_named(root, refuses):
    file = content(person(1), person(1), dict(id=4))
    write_json(root / ANNOTATIONS, file)
    result, bad = refuses('coco', root, 'annotations[1]', 'id 1 comes twice')
    assert "annotations[2]: it lacks ['image_id']" in bad[1]
    assert len(result['val2017']['person']) == 1


@pytest.mark.robustness
def test_bad_pictures_are_named(root, refuses):
    refuses(
        'coco',
        root,
        'annotation 1',
        'should have 64 x 96',
        images=str(_other(root, 60, 96)))
    (root / 'val2017/0007.jpg').write_bytes(b'no picture')
    refuses('coco', root, '0007.jpg', 'cannot be read', images=str(root))
    (root / 'val2017/0007.jpg').unlink()
    refuses('coco', root, '0007.jpg', 'is not in', images=str(root))


def _other(root, width, height):
    write_picture(root / 'val2017/0007.jpg', width, height)
    return root


@pytest.mark.robustness
def test_bad_files_are_named(root, refuses, convert):
    path = root / ANNOTATIONS
    cut_short(path)
    refuses('coco', root, ANNOTATIONS, 'no complete JSON file')
    for wrong, words in (([], 'should hold a dict'), ({
            'annotations': []
    }, "lacks ['images']"), (dict(images={}, annotations=[]), 'be a list')):
        write_json(path, wrong)
        refuses('coco', root, ANNOTATIONS, words)
    file = content(person(1))
    file['categories'][0]['keypoints'] = ['left_shoulder'] * 40
    write_json(path, file)
    refuses('coco', root, ANNOTATIONS, '40 keypoints')
    path.unlink()
    with pytest.raises(ValueError, match='has no annotations/person_key'):
        convert('coco', root)


def test_real_people_lie_in_their_outlines(shared, convert):
    root = shared / 'samples/mmpose_tests/coco'
    with pytest.raises(ValueError, match='should hold a dict'):
        convert('coco', root)  # one file holds detections
    result = convert('coco', root, skip_bad=True, images=str(root))
    arrays = result['test_coco']
    assert len(arrays['person']) == 12
    skipped = result.splits['test_coco']['skipped']
    assert skipped['without a keypoint']['count'] == 2
    inside, mirrored = [], []
    for i, packed in enumerate(arrays['mask']):
        # Limbs are thin, and wrists lie at the rim.
        cells = cv2.dilate(
            np.unpackbits(packed, axis=-1), np.ones((5, 5), np.uint8))
        low, high = arrays['box'][i].reshape(2, 2)
        seen = arrays['keypoints2d_score'][i] > 0
        at = (arrays['keypoints2d'][i][seen] - low) / (high - low) * 56
        at = at.astype(int).clip(0, 55)
        inside += cells[at[:, 1], at[:, 0]].tolist()
        mirrored += cells[at[:, 1], 55 - at[:, 0]].tolist()
    # Where one person hides another, joints are in the other's outline.
    assert np.mean(inside) > 0.94 > 0.8 > np.mean(mirrored)
