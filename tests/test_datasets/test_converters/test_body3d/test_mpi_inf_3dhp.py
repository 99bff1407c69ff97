# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json

import numpy as np
import pytest
from dataset_files import body_folder
from mpi_files import FRAMES, Sequence

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.compat.safe_pickle import load_arrays
from mmarts.datasets import MeshDataset
from mmarts.datasets.converters.body3d.mpi_cameras import fit_intrinsics
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.structures import check_sample, get_joint_set


def convert(root, skip_bad=False, **options):
    """The report, and a function that opens a split."""
    out = root.parent / 'out'
    report = convert_dataset(
        dict(type='mpi-inf-3dhp', **options),
        str(root),
        out,
        skip_bad=skip_bad)
    return report, lambda split: AnnotationFile(out / f'{split}.mmarts')


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'mpi').mkdir()
    return tmp_path / 'mpi'


@pytest.mark.parametrize('version', [5, 73])
def test_training_sequences_before_their_cameras(root, version):
    sequence = Sequence()
    sequence.write_train(root, version=version)
    file = convert(root)[1]('train')
    arrays, names = file.arrays, get_joint_set('mpi_inf_3dhp17')
    wide = get_joint_set('mpi_inf_3dhp28')
    knee = names.index('L_Knee')[0], wide.index('left_knee')[0]
    assert len(file.track_starts) == 1 + 8
    for track, number in enumerate((0, 1, 2, 4, 5, 6, 7, 8)):
        assert file.track_name(track)[0] == f'S2/Seq1/video_{number}'
        rows = slice(FRAMES * track, FRAMES * (track + 1))
        for name, points in (('joints3d', sequence.deep),
                             ('joints3d_universal', sequence.universal)):
            np.testing.assert_allclose(
                arrays[name][rows, knee[0]],
                points[number, :, knee[1]] / 1000,
                atol=1e-5)
        np.testing.assert_allclose(
            arrays['keypoints2d'][rows, knee[0]],
            sequence.flat[number, :, knee[1]],
            rtol=1e-6)
        K = arrays['K'][rows]
        np.testing.assert_allclose(
            K[:, [0, 1], [0, 1]], [sequence.focal[number]] * FRAMES, rtol=1e-6)
        # The cameras are calibrated: one person, one place in the world.
        world = np.einsum(
            'fji,fkj->fki', arrays['cam_rotmat'][rows],
            arrays['joints3d'][rows] - arrays['cam_transl'][rows, None])
        np.testing.assert_allclose(
            world, world_of(sequence, number), atol=1e-4)
    assert arrays['joints3d_valid'].all() and arrays['fps'] == 25
    check_sample(
        MeshDataset(str(file.path), num_frames=FRAMES)[3]['data_samples'])


def world_of(sequence, number):
    wide = get_joint_set('mpi_inf_3dhp28')
    picked = [7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6]
    assert wide.joints[7] == 'head_top' and wide.joints[4] == 'pelvis'
    shifted = sequence.deep[0][:, picked] - sequence.places_mm[0]
    return shifted @ sequence.rotmats[0] / 1000


@pytest.mark.parametrize('version', [5, 73])
def test_the_test_set_and_its_camera(root, version):
    for name, size in (('TS1', (2048, 2048)), ('TS6', (1920, 1080))):
        sequence = Sequence(17, 1, size)
        sequence.valid[3:6] = 0
        sequence.write_test(root, name, version)
    report, split = convert(root)
    file = split('test')
    arrays = file.arrays
    assert arrays['image_size'][::FRAMES].tolist() == [[2048, 2048],
                                                       [1920, 1080]]
    assert arrays['image'][0] == b'TS1/imageSequence/img_000001.jpg'
    np.testing.assert_allclose(
        arrays['joints3d'][FRAMES:], sequence.deep[0] / 1000, atol=1e-5)
    # Focal lengths and principal point are found from the points.
    np.testing.assert_allclose(
        arrays['K'][-1, [0, 1], [0, 1]], sequence.focal[0], rtol=1e-5)
    np.testing.assert_allclose(
        arrays['K'][-1, :2, 2], sequence.centre[0], rtol=1e-5)
    counted = [f not in (3, 4, 5) for f in range(FRAMES)] * 2
    for mask in ('joints3d_valid', 'joints3d_universal_valid'):
        assert arrays[mask].all(1).tolist() == counted
    assert (arrays['keypoints2d_score'].sum(1) > 0).tolist() == counted
    skipped = report['splits']['test']['skipped']
    assert skipped['frames that the test set does not count']['count'] == 6


def test_sequences_of_both_rates_come_to_one(root):
    Sequence().write_train(root, 'S1/Seq1')
    Sequence().write_train(root, 'S1/Seq2')
    file = convert(root, cameras=[0])[1]('train')
    frames = file.arrays['frame_index']
    assert frames.tolist() == [*range(10), *range(5)]
    assert file.arrays['image'][-1] == (
        b'S1/Seq2/imageFrames/video_0/000008.jpg')
    with pytest.raises(ValueError, match='at most 25, but is 50'):
        convert(root, fps=50)


def test_joints_without_a_counterpart_are_masked(root):
    Sequence().write_train(root)
    arrays = convert(root, joint_set='coco19', cameras=[0])[1]('train').arrays
    coco = get_joint_set('coco19')
    missing = coco.index('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear')
    there = [i for i in range(19) if i not in missing]
    assert not arrays['joints3d_valid'][:, missing].any()
    assert not arrays['keypoints2d_score'][:, missing].any()
    assert arrays['joints3d_valid'][:, there].all()


def test_fits_give_bodies_and_joints(root, monkeypatch):
    monkeypatch.setenv('MMARTS_BODY_MODELS',
                       str(body_folder(root.parent / 'bodies')))
    Sequence().write_train(root)
    rng = np.random.default_rng(0)
    fits = {
        '2': {
            '1': {
                str(f):
                dict(
                    pose=rng.normal(0, .2, 72).tolist(),
                    shape=rng.normal(0, 1, 10).tolist(),
                    trans=rng.normal(0, .1, 3).tolist())
                for f in range(1, FRAMES)
            }
        }
    }
    path = root.parent / 'MPI-INF-3DHP_SMPL_NeuralAnnot.json'
    path.write_text(json.dumps(fits))
    report, split = convert(root, joint_set='coco19', fits=str(path))
    arrays = split('train').arrays
    assert report['splits']['train']['skipped']['SMPL fits that are missing'][
        'count'] == 8
    assert not arrays['betas_valid'][0] and arrays['betas_valid'][1:10].all()
    world = [(arrays['joints3d'][i] - arrays['cam_transl'][i])
             @ arrays['cam_rotmat'][i] for i in range(1, 80, FRAMES)]
    np.testing.assert_allclose(world, [world[0]] * 8, atol=1e-4)


@pytest.mark.robustness
def test_broken_files_name_sequence_and_camera(root):
    sequence = Sequence()
    sequence.deep[1, 4, 7, 2] = np.nan
    path = sequence.write_train(root)
    with pytest.raises(
            ValueError,
            match='^S2/Seq1/annot.mat, camera 1, frame 4: annot3 is not fin'):
        convert(root)
    entry = convert(root, skip_bad=True)[0]['splits']['train']
    assert entry['rows'] == 8 * FRAMES - 1 and len(entry['bad']) == 1
    for version in (5, 73):
        content = Sequence().write_train(root, version=version).read_bytes()
        path.write_bytes(content[:len(content) // 3])
        with pytest.raises(ValueError, match='no complete MATLAB file'):
            convert(root)
    calibration = path.with_name('camera.calibration')
    Sequence().write_train(root)
    calibration.write_text(calibration.read_text().replace('intrinsic', 'in'))
    with pytest.raises(ValueError, match=r"camera 0 lacks \['intrinsic'\]"):
        convert(root)


@pytest.mark.robustness
def test_broken_test_files_are_one_line(root):
    sequence = Sequence(17, 1)
    sequence.valid = np.ones(FRAMES + 2)
    sequence.write_test(root)
    with pytest.raises(
            ValueError,
            match='^TS1/annot_data.mat: annotations '
            r'are of \[10, 10, 10, 12\] frames'):
        convert(root)
    sequence = Sequence(28, 1)
    sequence.write_test(root)
    with pytest.raises(ValueError, match=r'annot2 should be \(2, 17, 1'):
        convert(root)
    from mpi_files import write_mat73
    write_mat73(root / 'TS1' / 'annot_data.mat', dict(annot2=np.zeros(3)))
    with pytest.raises(ValueError, match="lacks .'annot3', 'univ_annot3'"):
        convert(root)


@pytest.mark.robustness
def test_pictures_are_looked_for(root):
    from PIL import Image
    Sequence(17, 1).write_test(root)
    folder = root / 'TS1' / 'imageSequence'
    folder.mkdir()
    for frame in range(FRAMES):
        Image.new('L', (2048, 2048)).save(folder / f'img_{frame + 1:06d}.jpg')
    (folder / 'img_000005.jpg').unlink()
    with pytest.raises(ValueError, match='TS1/annot_data.mat, frame 4: its'):
        convert(root, images=str(root))
    entry = convert(root, images=str(root), skip_bad=True)[0]['splits']['test']
    assert entry['rows'] == FRAMES - 1


def test_other_folders_are_refused(root):
    with pytest.raises(ValueError, match='no S.*/annot.mat and no TS'):
        convert(root)


def test_real_points_give_the_real_camera(shared):
    folder = shared / 'samples' / 'mmpose_tests' / 'mpi_inf_3dhp'
    for split in ('train', 'test'):
        cameras = load_arrays(folder / f'cameras_{split}.pkl')
        with np.load(folder / f'test_3dhp_{split}.npz') as file:
            for name, points, pixels in zip(file['imgname'], file['S'],
                                            file['part']):
                theirs = cameras[name.rsplit('_', 1)[0]]
                ours = fit_intrinsics(points[None, :, :3], pixels[None, :, :2],
                                      (2048, 2048))
                # One frame: 17 points, of which the pelvis is 2 px off.
                np.testing.assert_allclose(
                    ours.focal, theirs['f'].ravel(), atol=2)
                np.testing.assert_allclose(
                    ours.centre, theirs['c'].ravel(), atol=1)
