# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import cv2
import numpy as np
import pytest
from people_files import example, tfrecord

from mmarts.structures import get_joint_set

N, SIZE = 3, (60, 50)  # frames; width and height
RNG = np.random.default_rng(0)
XYS = RNG.uniform(5, 45, (N, 2, 14)).astype('f4')
FACE = RNG.uniform(5, 45, (N, 3, 5)).astype('f4')
TOES = RNG.uniform(5, 45, (N, 3, 6)).astype('f4')
FACE[:, 2], TOES[:, 2] = .5, 0


def picture(frame):
    image = np.full((SIZE[1], SIZE[0], 3), 20 * frame, np.uint8)
    return cv2.imencode('.jpg', image)[1].tobytes()


def record(**changes):
    seen = np.ones((N, 14), int)
    seen[:, 3] = 0
    features = {
        'meta/N': np.array([N]),
        'image/filenames': [b'0.jpg'] * N,
        'image/heightwidths': np.array([300, 400] * N),
        'image/centers': np.zeros(2 * N, int),
        'image/xys': XYS.ravel(),
        'image/visibilities': seen.ravel(),
        'image/face_pts': FACE.ravel(),
        'image/toe_pts': TOES.ravel(),
        'image/encoded': [picture(i) for i in range(N)]
    }
    features.update({k.replace('_', '/', 1): v for k, v in changes.items()})
    return example({k: v for k, v in features.items() if v is not None})


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'insta_variety'
    (root / 'train').mkdir(parents=True)
    (root / 'train/a_00.tfrecord').write_bytes(tfrecord(record(), record()))
    return root


def index(*names):
    return get_joint_set('spin49').index(*names)


def test_points_get_their_places_among_49(root, convert):
    arrays = convert('instavariety', root)['train']
    assert arrays['sequence'][::N].tolist() == [
        'train/a_00/0000', 'train/a_00/0001'
    ]
    assert arrays['image_size'][0].tolist() == list(SIZE)
    points, score = arrays['keypoints2d'], arrays['keypoints2d_score']
    # The first and the sixth point of the body are heels, not ankles.
    for names, values in ((('OP_R_Heel', 'OP_L_Heel', 'Head_Top'),
                           XYS[:, :, [0, 5, 13]]), (('OP_Nose', 'OP_R_Ear'),
                                                    FACE[:, :2, [0, 4]])):
        np.testing.assert_allclose(points[:N, index(*names)],
                                   values.transpose(0, 2, 1) + 0.5)
    assert (score[:, index('OP_Nose', 'OP_L_Eye')] == .5).all()
    # Not visible, not found, not among the 25.
    assert not score[:, index('OP_L_Hip', 'OP_R_Ankle', 'R_Ankle')].any()


def test_pictures_are_written_once(root, convert, tmp_path):
    arrays = convert(
        'instavariety', root, images=str(tmp_path / 'pictures'))['train']
    paths = [tmp_path / 'pictures' / name.decode() for name in arrays['image']]
    assert [p.read_bytes()
            for p in paths[:N]] == [picture(i) for i in range(N)]
    paths[0].write_bytes(b'kept')
    convert('instavariety', root, images=str(tmp_path / 'pictures'))
    assert paths[0].read_bytes() == b'kept'


def test_preprocessed_points_and_files_without_feet(root, convert):
    path = root / 'train/a_00.tfrecord'
    path.write_bytes(
        tfrecord(
            record(
                image_toe_pts=None,
                image_phis=np.zeros(4),
                image_xys=np.tile(np.float32([[-1], [0]]),
                                  (N, 14)).reshape(N, 2, 14).ravel())))
    arrays = convert('instavariety', root)['train']
    np.testing.assert_allclose(arrays['keypoints2d'][0,
                                                     index('Head_Top')[0]],
                               [0, SIZE[1] / 2])


@pytest.mark.robustness
def test_bad_records_are_named(root, refuses):
    path = root / 'train/a_00.tfrecord'
    nan = XYS.copy()
    nan[1, 0, 2] = np.nan
    for changes, words, rows in ((dict(image_xys=XYS[1:].ravel()),
                                  'record 1: 3 frames should',
                                  N), (dict(image_encoded=[picture(0)]),
                                       'record 1: 3 frames should', N),
                                 (dict(meta_N=None),
                                  "record 1: it lacks ['meta/N']",
                                  N), (dict(image_encoded=[b'none'] * N),
                                       'frame 0: its picture', N),
                                 (dict(image_xys=nan.ravel()),
                                  'record 1, frame 1: keypoints2d',
                                  2 * N - 1)):
        path.write_bytes(tfrecord(record(), record(**changes)))
        result, bad = refuses('instavariety', root, 'train/a_00.tfrecord',
                              words)
        assert result.splits['train']['rows'] == rows
    path.write_bytes(tfrecord(record(), b'no message'))
    refuses('instavariety', root, 'record 1', 'protocol buffers')


@pytest.mark.robustness
def test_bad_files_are_named(root, refuses, convert):
    path = root / 'train/a_00.tfrecord'
    data = path.read_bytes()
    path.write_bytes(data[:-40])
    result, _ = refuses('instavariety', root, 'record 1', 'is cut short')
    # What came before the cut is kept.
    assert result.splits['train']['rows'] == N
    path.write_bytes(b'no records at all')
    refuses('instavariety', root, 'a_00.tfrecord', 'record 0: no TFRecord')
    path.unlink()
    with pytest.raises(ValueError, match='has no [*].tfrecord'):
        convert('instavariety', root)
