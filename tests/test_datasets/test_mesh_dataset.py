# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import roma
import torch

from mmarts.datasets import MeshDataset
from mmarts.structures import check_sample


def annotations(tracks=(('a', '0', range(20)), ), **extra):
    """Arrays of a file with these (sequence, person, frames) tracks."""
    rows = [(s, p, f) for s, p, frames in tracks for f in frames]
    sequence, person, frame = zip(*rows)
    count, rng = len(rows), np.random.default_rng(0)
    return dict(
        dict(
            sequence=np.array(sequence),
            person=np.array(person),
            frame_index=np.array(frame),
            fps=30.,
            image_size=np.full((count, 2), (640, 480)),
            K=np.tile(np.diag([500., 500., 1.]), (count, 1, 1)),
            joint_set='coco19',
            body_model_id='toy-1',
            # A row's x is its frame number, so that rows can be recognised.
            keypoints2d=np.tile(
                np.array(frame, float)[:, None, None], (1, 19, 2)),
            keypoints2d_score=np.ones((count, 19)),
            joints3d=rng.normal(size=(count, 19, 3)),
            global_orient=rng.normal(size=(count, 1, 3)),
            body_pose=rng.normal(size=(count, 23, 3)),
            betas=rng.normal(size=(count, 10)),
            transl=rng.normal(size=(count, 3))),
        **extra)


@pytest.fixture
def make(tmp_path):
    """``make(arrays, ...)``: the dataset of a file with these arrays."""

    def build(arrays, **kwargs):
        folder = tmp_path / 'toyset'
        folder.mkdir(exist_ok=True)
        np.savez(folder / 'train.npz', **arrays)
        return MeshDataset(str(folder / 'train.npz'), **kwargs)

    return build


@pytest.mark.parametrize('frames', [1, 16, 20])
def test_samples_keep_the_contract(make, frames):
    dataset = make(annotations(), num_frames=frames)
    assert len(dataset) == 20 - frames + 1
    for item in (dataset[0], dataset[len(dataset) - 1]):
        check_sample(item['data_samples'])
        assert item['inputs']['keypoints2d'].shape == (frames, 19, 2)
        assert item['inputs']['keypoints2d'].dtype == torch.float32
    sample = dataset[0]['data_samples']
    assert (sample.dataset, sample.sequence, sample.person) == ('toyset', 'a',
                                                                '0')
    assert sample.fps == 30 and sample.image_size == (640, 480)
    assert sample.body_model_id == 'toy-1'


@pytest.mark.parametrize('stride', [1, 3, 4, 16])
def test_windows_reach_both_ends(make, stride):
    dataset = make(annotations(), num_frames=8, stride=stride)
    starts = [w['data_samples'].frame_index[0] for w in dataset]
    assert starts[0] == 0 and starts[-1] == 12
    assert all(b - a <= stride for a, b in zip(starts, starts[1:]))


def test_no_window_spans_a_cut_or_two_people(make):
    dataset = make(
        annotations((('a', '0', [*range(10), *range(15, 25)]),
                     ('a', '1', range(9)), ('b', '0', range(30, 38)))),
        num_frames=8)
    found = {}
    for item in dataset:
        sample = item['data_samples']
        assert (np.diff(sample.frame_index) == 1).all()
        found.setdefault((sample.sequence, sample.person),
                         []).append(sample.frame_index[0])
    assert found == {
        ('a', '0'): [0, 1, 2, 15, 16, 17],
        ('a', '1'): [0, 1],
        ('b', '0'): [30]
    }


def test_names_with_any_letters_are_two_tracks(make):
    # 'ab' + 'c' and 'a' + 'bc' are two people.
    dataset = make(
        annotations((('ab', 'c', range(8)), ('a', 'bc', range(8)))),
        num_frames=8)
    assert len(dataset) == 2


def test_rows_in_any_order_are_sorted_by_frame(make):
    arrays, order = annotations(), np.random.default_rng(0).permutation(20)
    arrays = {k: v[order] if np.ndim(v) else v for k, v in arrays.items()}
    item = make(arrays, num_frames=16)[2]
    assert item['data_samples'].frame_index.tolist() == list(range(2, 18))
    assert item['inputs']['keypoints2d'][:, 0,
                                         0].tolist() == list(range(2, 18))


def test_short_tracks_are_left_out(make):
    arrays = annotations((('a', '0', range(7)), ('a', '1', range(8))))
    assert len(make(arrays, num_frames=8)) == 1


def test_rotation_vectors_become_their_matrices(make):
    arrays = annotations()
    sample = make(arrays, num_frames=16)[0]['data_samples']
    for name, shape in (('global_orient', (16, 1, 3, 3)), ('body_pose',
                                                           (16, 23, 3, 3))):
        assert sample.get(name).shape == shape
        torch.testing.assert_close(
            sample.get(name),
            roma.rotvec_to_rotmat(torch.tensor(arrays[name][:16]).float()))


def test_masks_are_those_of_the_file(make):
    rng = np.random.default_rng(1)
    valid = dict(
        betas_valid=rng.random(20) > 0.5,
        joints3d_valid=rng.random((20, 19)) > 0.5)
    arrays = annotations(**valid)
    arrays['keypoints2d_score'][3, 4] = 0
    sample = make(arrays, num_frames=16)[0]['data_samples']
    check_sample(sample)
    assert sample.betas_valid.tolist() == valid['betas_valid'][:16].tolist()
    for name in ('joints3d', 'joints3d_rel'):
        assert torch.equal(
            sample.get(f'{name}_valid'),
            torch.tensor(valid['joints3d_valid'][:16]))
    assert sample.transl_valid.all()
    # A missed keypoint is no target.
    assert not sample.keypoints2d_valid[3, 4]
    assert sample.keypoints2d_valid.sum() == 16 * 19 - 1


def test_relative_joints_hang_from_the_root(make):
    sample = make(annotations(), num_frames=16)[0]['data_samples']
    assert not sample.joints3d_rel[:, 17].any()
    torch.testing.assert_close(sample.joints3d_rel + sample.joints3d[:, [17]],
                               sample.joints3d)


def test_what_the_file_lacks_is_no_target(make):
    arrays = {
        k: v
        for k, v in annotations().items() if k not in ('betas', 'joints3d')
    }
    item = make(arrays, num_frames=16)[0]
    check_sample(item['data_samples'])
    for name in ('betas', 'joints3d', 'joints3d_rel'):
        assert name not in item['data_samples']
    assert 'feat' not in item['inputs']


def test_features_come_along(make):
    feat = np.arange(20.)[:, None] * np.ones(2048)
    item = make(annotations(feat=feat), num_frames=16)[1]
    assert item['inputs']['feat'].shape == (16, 2048)
    assert item['inputs']['feat'][:, 0].tolist() == list(range(1, 17))


@pytest.mark.robustness
def test_errors_name_the_file_and_the_page(make, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'none.npz.*docs/data.md'):
        MeshDataset(str(tmp_path / 'none.npz'))
    arrays = annotations()
    del arrays['fps']
    with pytest.raises(ValueError, match=r"lacks \['fps'\].*docs/data.md"):
        make(arrays)
    with pytest.raises(ValueError, match=r'20 frames.*betas'):
        make(annotations(betas=np.zeros((19, 10))))
    with pytest.raises(KeyError, match='no joint set "coco18"'):
        make(annotations(joint_set='coco18'))


def test_inputs_of_another_joint_set(make):
    """Test files hold a dataset's joints, networks read COCO's."""
    count = 20
    arrays = annotations(
        joint_set='mpi_inf_3dhp17',
        keypoints2d=np.random.default_rng(1).uniform(0, 400, (count, 17, 2)),
        keypoints2d_score=np.full((count, 17), 0.5),
        joints3d=np.zeros((count, 17, 3)))
    item = make(arrays, input_joint_set='coco19')[0]
    inputs, sample = item['inputs'], item['data_samples']
    check_sample(sample)
    assert inputs['keypoints2d'].shape == (16, 19, 2)
    # No eyes; the middle of the hips is made of both.
    assert inputs['keypoints2d_score'][0].tolist() == [0.] * 5 + [0.5] * 14
    hips = arrays['keypoints2d'][:16, [8, 11]].mean(1)
    np.testing.assert_allclose(inputs['keypoints2d'][:, 17], hips, rtol=1e-6)
    assert sample.joint_set == 'mpi_inf_3dhp17'
    assert sample.keypoints2d.shape == (16, 17, 2)


def test_another_array_as_target(make):
    arrays = annotations()
    arrays.update(
        joints3d_universal=arrays['joints3d'] * 1.1,
        joints3d_universal_valid=np.arange(20 * 19).reshape(20, 19) % 2 > 0)
    sample = make(
        arrays, target_joints='joints3d_universal')[0]['data_samples']
    np.testing.assert_allclose(
        sample.joints3d, arrays['joints3d_universal'][:16], rtol=1e-6)
    assert not sample.joints3d_valid[0, 0] and sample.joints3d_valid[0, 1]
    with pytest.raises(ValueError, match="lacks .'joints3d_univ"):
        make(annotations(), target_joints='joints3d_universal')
