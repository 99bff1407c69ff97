# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from people_files import cut_short, write_json, write_picture
from scipy.io import savemat

K = 16
FILE = 'mpii_human_pose_v1_u12_1.mat'


def struct(**fields):
    return fields


def structs(entries):
    """A MATLAB struct array; entries may lack fields, which are empty."""
    names = list(dict.fromkeys(name for e in entries for name in e))
    array = np.empty((1, len(entries)), [(name, object) for name in names])
    for i, entry in enumerate(entries):
        for name in names:
            array[name][0, i] = entry.get(name, np.zeros((0, 0)))
    return array


def points(*ids, x=10., y=20.):
    return structs(
        [struct(x=x + i, y=y + 2 * i, id=i, is_visible=i % 2) for i in ids])


def write_release(path, pictures, is_train):
    path.parent.mkdir(parents=True, exist_ok=True)
    release = structs([
        struct(
            annolist=structs([
                struct(image=structs([struct(name=name)]), annorect=people)
                for name, people in pictures
            ]),
            img_train=np.array([is_train]),
            version='12')
    ])
    savemat(path, dict(RELEASE=release))


def person(*ids, **changes):
    fields = dict(
        annopoints=structs([struct(point=points(*ids))]),
        objpos=structs([struct(x=31, y=41)]),
        scale=0.25)
    return dict(fields, **changes)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'mpii'
    write_release(root / FILE, [
        ('01.jpg', structs([person(*range(K)), person(3, 7)])),
        ('02.jpg', structs([person(5, annopoints=np.zeros((0, 0)))])),
        ('03.jpg', np.zeros((0, 0))), ('04.jpg', structs([struct(scale=1.)]))
    ], [1, 1, 1, 0])
    for name in ('01', '02', '03', '04'):
        write_picture(root / f'images/{name}.jpg', 80, 60)
    return root


def test_the_original_file(root, convert):
    result = convert('mpii', root, images=str(root))
    arrays = result['train']
    assert arrays['sequence'].tolist() == ['01', '01']
    assert arrays['image'][0] == b'images/01.jpg'
    assert arrays['image_size'][0].tolist() == [80, 60]
    # MATLAB's first pixel is 1, and its centre half a pixel off the corner.
    np.testing.assert_allclose(arrays['keypoints2d'][0],
                               [(9.5 + i, 19.5 + 2 * i) for i in range(K)])
    np.testing.assert_array_equal(
        np.flatnonzero(arrays['keypoints2d_score'][1]), [3, 7])
    # A square of 50 pixels about the place, and what reaches beyond it.
    np.testing.assert_allclose(arrays['box'][1], [5.5, 15.5, 55.5, 65.5])
    skipped = result.splits['train']['skipped']
    assert {
        k: v['count']
        for k, v in skipped.items()
    } == {
        'without a keypoint': 1,
        'of the test set, which has no annotations': 1
    }


def test_the_list_of_people(root, convert):
    (root / FILE).unlink()
    write_json(root / 'valid.json', [
        dict(
            image='02.jpg',
            center=[31., 41.],
            scale=0.25,
            joints=[[10. + i, 20.] for i in range(K)],
            joints_vis=[1] * (K - 1) + [0])
    ])
    arrays = convert('mpii', root, images=str(root / 'images'))['valid']
    assert arrays['image'].tolist() == [b'02.jpg']
    assert arrays['keypoints2d_score'][0].sum() == K - 1
    np.testing.assert_allclose(arrays['keypoints2d'][0, 3], [12.5, 19.5])


def test_coco_style(root, convert):
    pytest.importorskip('xtcocotools')
    (root / FILE).unlink()
    write_json(
        root / 'train.json',
        dict(
            images=[dict(id=1, file_name='01.jpg', width=80, height=60)],
            annotations=[
                dict(
                    id=5,
                    image_id=1,
                    bbox=[1, 2, 30, 40],
                    keypoints=[11, 21, 1] * K)
            ]))
    arrays = convert('mpii', root)['train']
    np.testing.assert_allclose(arrays['keypoints2d'][0], [[10.5, 20.5]] * K)


def test_numbers_of_people_are_no_ids_of_fits(root, convert, toy_file):
    fit = dict(pose=[0] * 72, shape=[0] * 10, trans=[0, 0, 4])
    write_json(root / 'fits.json', {str(i): fit for i in range(3)})
    arrays = convert(
        'mpii',
        root,
        images=str(root),
        fits=str(root / 'fits.json'),
        body=dict(type='SMPL', model_path=toy_file))['train']
    assert len(arrays['person']) == 2 and 'betas' not in arrays


@pytest.mark.robustness
def test_bad_people_are_named(root, refuses):
    for changes, words in (
        (dict(annopoints=structs([struct(point=points(1, 16))])), 'number 16'),
        (dict(annopoints=structs([struct(point=points(1, x=np.nan))])),
         'keypoints2d[1, 0] is nan'), (dict(scale='large'), 'could not')):
        write_release(
            root / FILE,
            [('01.jpg', structs([person(1), person(1, **changes)])),
             ('02.jpg', structs([person(1)]))], [1, 1])
        result, bad = refuses(
            'mpii',
            root,
            FILE,
            'picture 0 (01.jpg), person 1',
            words,
            images=str(root))
        assert len(bad) == 1 and len(result['train']['person']) == 2
    write_release(root / FILE, [('02.jpg', structs([person(1)]))] * 2, [0, 1])
    (root / 'images/02.jpg').unlink()
    refuses('mpii', root, 'picture 1', 'is not in', images=str(root))


@pytest.mark.robustness
def test_bad_files_are_named(root, refuses, convert):
    refuses('mpii', root, FILE, 'name their folder')
    write_release(root / FILE, [('01.jpg', structs([person(1)]))], [1, 1])
    refuses('mpii', root, FILE, '1 pictures, but 2 flags', images='.')
    cut_short(root / FILE)
    refuses('mpii', root, FILE, 'no complete MATLAB file', images='.')
    savemat(root / FILE, dict(other=1))
    refuses(
        'mpii', root, FILE, "lacks ['RELEASE']; it has ['other']", images='.')
    (root / FILE).unlink()
    write_json(root / 'valid.json', [dict(image='01.jpg')])
    refuses(
        'mpii', root, 'valid.json, person 0', "lacks ['joints'", images='.')
    (root / 'valid.json').unlink()
    with pytest.raises(ValueError, match='has no mpii_human_pose'):
        convert('mpii', root)


def test_real_people(shared, refuses):
    pytest.importorskip('xtcocotools')
    root = shared / 'samples/mmpose_tests/mpii'
    result, _ = refuses(
        'mpii', root, 'test_mpii_trb.json', '40 keypoints', images=str(root))
    arrays = result['test_mpii']
    assert len(arrays['person']) == 5
    heads = arrays['keypoints2d'][:, [9, 8, 7]][..., 1]
    assert (np.diff(heads, axis=1) > 0).all()  # top, neck, thorax go down
