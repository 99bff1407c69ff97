# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pickle

import numpy as np
import pytest
import roma
import torch
from people_files import cut_short, write_picture

from mmarts.body_models import SMPL
from mmarts.geometry.camera import project
from mmarts.structures import BodyParams

K = 14
# Height and width of the fitted crop; y1 y2 x1 x2 of its place.
CROP = (100, 80, 10, 60, 20, 60)


def body(seed=0, **changes):
    rng = np.random.default_rng(seed)
    return dict(
        dict(
            pose=np.concatenate([[np.pi, 0, 0],
                                 rng.normal(0, .1, 69)]),
            betas=rng.normal(0, 1, 10),
            trans=np.array([0.1, 0, 0]),
            t=np.array([-.1, .2, 50.]),
            rt=np.zeros(3),
            f=5000.), **changes)


def write_person(folder, number, quality='high', joints=None, **changes):
    stem = f'{folder}/{number:05}'
    write_picture(folder / f'{number:05}_image.png', 90, 120)
    if joints is None:
        joints = np.concatenate([
            np.random.default_rng(number).uniform(5, 80, (2, K)),
            np.full((1, K), .8)
        ])
        joints[2, 3] = 0
    np.save(f'{stem}_joints.npy', joints)
    with open(f'{stem}_body.pkl', 'wb') as file:
        pickle.dump(body(number, **changes), file, protocol=2)
    for kind, text in (('fit_crop_info', ' '.join(map(str, CROP))),
                       ('quality_info', f'{quality}\n'), ('dataset_info',
                                                          'lsp 17')):
        (folder / f'{number:05}_{kind}.txt').write_text(text)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / 'up-3d'
    root.mkdir()
    for number in range(3):
        write_person(root, number, 'medium' if number == 1 else 'high')
    (root / 'train.txt').write_text('/00000_image.png\n/00001_image.png\n')
    (root / 'test.txt').write_text('/00002_image.png\n')
    return root


@pytest.fixture
def options(root, toy_file):
    return dict(images=str(root), body=dict(type='SMPL', model_path=toy_file))


def test_the_camera_is_that_of_the_picture(root, options, convert, toy_file):
    arrays = convert('up3d', root, **options)['test']
    content, smpl = body(2), SMPL(toy_file)
    turns = roma.rotvec_to_rotmat(
        torch.tensor(content['pose']).reshape(24, 3).float())
    joints = smpl.joints(
        BodyParams(turns[:1], turns[1:],
                   torch.tensor(content['betas']).float(),
                   torch.tensor(content['trans'] + content['t']).float()))
    # In the crop as it was fitted, then stretched to its place.
    height, width, y1, y2, x1, x2 = CROP
    fitted = project(
        joints,
        torch.tensor([[5000., 0, width / 2], [0, 5000, height / 2],
                      [0, 0, 1]])).numpy()
    expected = fitted * ((x2 - x1) / width, (y2 - y1) / height) + (x1, y1)
    turns = roma.rotvec_to_rotmat(torch.tensor(arrays['body_pose'][0]))
    ours = smpl.joints(
        BodyParams(
            roma.rotvec_to_rotmat(torch.tensor(arrays['global_orient'][0])),
            turns, torch.tensor(arrays['betas'][0]),
            torch.tensor(arrays['transl'][0])))
    np.testing.assert_allclose(
        project(ours, torch.tensor(arrays['K'][0])).numpy(),
        expected,
        atol=1e-2)


def test_joints_keep_their_confidence(root, options, convert):
    result = convert('up3d', root, high_quality=True, **options)
    arrays = result['train']
    assert arrays['sequence'].tolist() == ['00000']
    np.testing.assert_allclose(arrays['keypoints2d_score'][0],
                               [.8] * 3 + [0] + [.8] * 10)
    skipped = result.splits['train']['skipped']
    assert skipped['not of high quality']['count'] == 1


def test_a_turned_camera_is_left_out(root, options, convert):
    write_person(root, 1, rt=np.array([0, .1, 0]))
    arrays = convert('up3d', root, **options)['train']
    assert arrays['K_valid'].tolist() == [True, False]
    assert arrays['transl_valid'].tolist() == [True, False]
    assert 'betas_valid' not in arrays


class Evil:
    """A pickle that would run code."""

    def __reduce__(self):
        return open, ('was_run', 'w')


@pytest.mark.robustness
def test_a_pickle_cannot_run_code(root, options, refuses, tmp_path,
                                  monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_person(root, 1, pose=Evil())
    refuses('up3d', root, 'train.txt, 00001', '00001_body.pkl safely',
            **options)
    assert not (tmp_path / 'was_run').exists()


@pytest.mark.robustness
def test_bad_input_is_named(root, options, refuses, convert):
    nan = np.full((3, K), np.nan)
    for changes, words in ((dict(joints=np.ones((3, 13))),
                            'is (3, 13)'), (dict(joints=nan), 'not finite'),
                           (dict(pose=np.zeros(66)), '72 numbers'),
                           (dict(betas=np.full(10, np.inf)), 'betas is not')):
        write_person(root, 1, **changes)
        result, bad = refuses('up3d', root, 'train.txt, 00001', words,
                              **options)
        assert len(bad) == 1 and len(result['train']['person']) == 1
    write_person(root, 1)
    (root / '00001_fit_crop_info.txt').write_text('1 2 3')
    refuses('up3d', root, 'should hold height, width', **options)
    write_person(root, 1)
    cut_short(root / '00001_body.pkl')
    refuses('up3d', root, '00001_body.pkl', **options)
    write_person(root, 1)
    cut_short(root / '00001_joints.npy')
    refuses('up3d', root, 'no complete .npy', **options)
    write_person(root, 1)
    (root / '00001_image.png').unlink()
    refuses('up3d', root, '00001', 'is not in', **options)
    (root / '00001_joints.npy').unlink()
    refuses('up3d', root, 'cannot read "00001_joints.npy"', **options)
    refuses('up3d', root, 'name their folder', body=options['body'])
    for name in ('train.txt', 'test.txt'):
        (root / name).unlink()
    with pytest.raises(ValueError, match='has no train.txt'):
        convert('up3d', root, **options)
