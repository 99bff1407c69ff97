# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
from official_files import python2_pickle
from people_files import cut_short, write_json, write_picture

K, N = 21, 2
CAMERA = [[480., 0, 112], [0, 481., 112], [0, 0, 1]]


def joints(number):
    rng = np.random.default_rng(number)
    return rng.normal(0, .03, (K, 3)) + (.01, 0, .6)


def write(root, **changes):
    content = dict(
        K=[CAMERA] * N,
        xyz=[joints(i).tolist() for i in range(N)],
        mano=[[(np.arange(61) / 100 + i).tolist()] for i in range(N)],
        verts=[np.full((778, 3), .1 + i).tolist() for i in range(N)])
    for name, value in dict(content, **changes).items():
        write_json(root / f'training_{name}.json', value)
    for i in range(2 * N):
        write_picture(root / f'training/rgb/{i:08}.jpg', 224, 224)
    return root


def test_joints_and_pixels_agree_with_the_camera(tmp_path, convert):
    root = write(tmp_path / 'freihand')
    arrays = convert('freihand', root, images=str(root))['training']
    np.testing.assert_allclose(arrays['joints3d'][1], joints(1), rtol=1e-5)
    seen = joints(1) @ np.array(CAMERA).T
    np.testing.assert_allclose(
        arrays['keypoints2d'][1], seen[:, :2] / seen[:, 2:], rtol=1e-5)
    assert 'vertices' not in arrays and 'betas' not in arrays


def test_rounds_repeat_the_hands_with_other_pictures(tmp_path, convert):
    root = write(tmp_path / 'freihand')
    arrays = convert(
        'freihand', root, images=str(root), rounds=2,
        vertices=True)['training']
    assert arrays['image'][2] == b'training/rgb/00000002.jpg'
    np.testing.assert_array_equal(arrays['joints3d'][:2],
                                  arrays['joints3d'][2:])
    assert arrays['vertices'].shape == (2 * N, 778, 3)


def test_the_pose_is_relative_to_a_flat_hand(tmp_path, convert, mano_file):
    root = write(tmp_path / 'freihand')
    arrays = convert('freihand', root, mano=str(mano_file))['training']
    from mmarts.body_models import MANO
    hand = MANO(str(mano_file))
    assert str(arrays['body_model_id']) == hand.body_model_id
    numbers = np.arange(61) / 100 + 1
    np.testing.assert_allclose(
        arrays['body_pose'][1].ravel(), numbers[3:48] + .5, rtol=1e-5)
    # The posed wrist is where the file says.
    import roma
    import torch

    from mmarts.structures import BodyParams
    turns = {
        name: roma.rotvec_to_rotmat(torch.tensor(arrays[name][1]))
        for name in ('global_orient', 'body_pose')
    }
    posed = hand.joints(
        BodyParams(
            betas=torch.tensor(arrays['betas'][1]),
            transl=torch.tensor(arrays['transl'][1]),
            **turns))
    np.testing.assert_allclose(posed[0], joints(1)[0], atol=1e-5)


@pytest.fixture
def mano_file(tmp_path):
    """A hand in the layout of the official file, its mean pose 0.5."""
    rng = np.random.default_rng(3)
    parents = [0] * 16
    for finger in range(5):
        first = 3 * finger + 1
        parents[first:first + 3] = 0, first, first + 1
    arrays = dict(
        v_template=rng.normal(0, .05, (778, 3)),
        shapedirs=rng.normal(0, .01, (778, 3, 10)),
        posedirs=rng.normal(0, .01, (778, 3, 135)),
        J_regressor=rng.dirichlet(np.ones(778), 16),
        weights=rng.dirichlet(np.ones(16), 778),
        kintree_table=np.stack([parents, np.arange(16)]),
        f=rng.integers(0, 778, (1538, 3)),
        hands_mean=np.full(45, .5),
        hands_components=np.eye(45))
    path = tmp_path / 'MANO_RIGHT.pkl'
    path.write_bytes(python2_pickle(arrays))
    return path


@pytest.mark.robustness
def test_bad_input_is_named(tmp_path, refuses, convert):
    root = tmp_path / 'freihand'
    short = [joints(0).tolist(), joints(1)[:20].tolist()]
    behind = [joints(0).tolist(), (-joints(1)).tolist()]
    nan = [joints(0).tolist(), np.full((K, 3), np.nan).tolist()]
    for xyz, words in ((short, 'is (20, 3)'), (behind, 'behind the camera'),
                       (nan, 'not finite')):
        write(root, xyz=xyz)
        words = words.replace('is (20', 'are (3, 3) and (20')
        result, bad = refuses('freihand', root, 'training_xyz.json, entry 1',
                              words)
        assert len(bad) == 1 and len(result['training']['person']) == 1
    write(root, K=[CAMERA])
    refuses('freihand', root, "one entry a hand, but have {'xyz': 2, 'K': 1")
    write_picture(write(root) / 'training/rgb/00000001.jpg', 200, 224)
    refuses('freihand', root, 'entry 1', '224 x 224', images=str(root))
    (root / 'training/rgb/00000001.jpg').unlink()
    refuses('freihand', root, 'entry 1', 'is not in', images=str(root))
    cut_short(root / 'training_xyz.json')
    refuses('freihand', root, 'training_xyz.json', 'no complete JSON')
    write_json(root / 'training_xyz.json', dict(a=1))
    refuses('freihand', root, 'training_xyz.json', 'should hold a list')
    write(root)
    (root / 'training_K.json').unlink()
    refuses('freihand', root, 'training_K.json is not beside it')
    (root / 'training_K.json').write_text('[]')
    with pytest.raises(ValueError, match='rounds should be 1 to 4'):
        convert('freihand', root, rounds=5)


def test_real_hands(shared, convert):
    pytest.importorskip('xtcocotools')
    root = shared / 'samples/mmpose_tests/freihand'
    arrays = convert('freihand', root, images=str(root))['test_freihand']
    assert arrays['keypoints2d'].shape == (8, K, 2)
    low, high = arrays['box'][:, None, :2], arrays['box'][:, None, 2:]
    points = arrays['keypoints2d']
    assert ((points > low) & (points < high)).all()
