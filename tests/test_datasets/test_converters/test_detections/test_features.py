# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Image features of authors' joblib files, attached by picture."""
import numpy as np
import pytest
from joblib_files import write_joblib

from mmarts.annotations import write_annotations

DIM = 6


def annotate(path, images, people=None):
    """A file with a row a picture; sequences are the pictures' folders."""
    count = len(images)
    write_annotations(
        path,
        dict(
            fps=25.,
            joint_set='h36m17',
            body_model_id='',
            sequence=np.array([i.split('/')[-2] for i in images]),
            person=np.array(people or ['0'] * count),
            frame_index=np.array([int(i[-6:-4]) for i in images]),
            image_size=np.full((count, 2), 100),
            keypoints2d=np.ones((count, 17, 2), 'f4'),
            keypoints2d_score=np.ones((count, 17), 'f4'),
            image=np.array(images)),
        source='a test')
    return path


def features(count):
    return np.arange(count * DIM).reshape(count, DIM).astype('f4')


@pytest.fixture
def attach(tmp_path, convert):
    """Attach a file's content to annotations; arrays, entry of the report."""

    def run(annotations, **options):
        result = convert(
            'features',
            tmp_path / 'in',
            annotations=str(annotations),
            **options)
        return result['train'], result.splits['train']

    (tmp_path / 'in').mkdir()
    return run


def test_mpi_inf_3dhp_is_told_by_folders(tmp_path, attach):
    """Names of pictures repeat; one release leaves a folder out."""
    ours = [
        f'S{s}/Seq1/imageFrames/video_{v}/0000{f:02d}.jpg' for s in (1, 2)
        for v in (0, 8) for f in (0, 1)
    ]
    # As ARTS has them: in another order, and one is missing.
    order = np.random.default_rng(0).permutation(8)[1:]
    write_joblib(
        tmp_path / 'in/mpii3d_train_scale12_db.pt',
        dict(
            features=features(8)[order],
            img_name=np.array([
                'data/mpii_3d/' + ours[i].replace('imageFrames/', '')
                for i in order
            ])))
    # One sequence a video: a track may not hold a frame twice.
    path = annotate(tmp_path / 'train.mmarts', ours,
                    [i.split('/')[0] for i in ours])
    arrays, entry = attach(path)
    found = {
        image.decode(): feat.tolist()
        for image, feat in zip(arrays['image'], arrays['feat'])
    }
    assert found == {ours[i]: features(8)[i].tolist() for i in order}
    assert entry['skipped']['rows without an image feature']['count'] == 1
    assert (arrays['keypoints2d'] == 1).all()


def test_human36m_is_told_by_names(tmp_path, attach):
    clip = 's_01_act_02_subact_01_ca_01'
    ours = [f'images/{clip}/{clip}_0000{f:02d}.jpg' for f in (1, 3)]
    write_joblib(
        tmp_path / 'in/h36m_train_imgfeat_db_concat.pt',
        dict(
            features=features(2),
            img_name=np.array([f'else/{i.split("/")[-1]}' for i in ours],
                              object)))
    arrays, _ = attach(annotate(tmp_path / 'train.mmarts', ours))
    np.testing.assert_array_equal(arrays['feat'], features(2))


def test_people_of_a_picture_are_told_by_the_video(tmp_path, attach):
    image = 'imageFiles/walk_00/image_00000.jpg'
    other = 'imageFiles/walk_00/image_00001.jpg'
    write_joblib(
        tmp_path / 'in/3dpw_train_db.pt',
        dict(
            features=features(3),
            img_name=np.array(
                [f'data/3dpw/{i}' for i in (image, image, other)]),
            vid_name=np.array(['walk_00_1', 'walk_00_0', 'walk_00_1'])))
    path = annotate(tmp_path / 'train.mmarts', [image, image, other],
                    ['0', '1', '0'])
    arrays, entry = attach(path)
    # Of the second picture only the other person was kept.
    assert arrays['feat'].tolist() == features(3)[[1, 0]].tolist()
    assert entry['rows'] == 2


@pytest.mark.robustness
def test_bad_files_are_named(tmp_path, refuses, convert):
    image = 'a/0000_00.jpg'
    path = str(annotate(tmp_path / 'train.mmarts', [image]))
    folder = tmp_path / 'in'
    folder.mkdir()
    good = dict(features=features(1), img_name=np.array([image]))
    write_joblib(folder / 'good.pt', good)
    for content, words in ((dict(img_name=good['img_name']),
                            "lacks ['features']"),
                           (dict(good, features=np.zeros(3)),
                            '(N, C)'), (dict(good, features=features(2)),
                                        '2 features, but 1 pictures'),
                           (dict(good, features=np.zeros(
                               (1, 3))), 'of another size')):
        write_joblib(folder / 'ill.pt', content)
        result, _ = refuses(
            'features', folder, 'ill.pt', words, annotations=path)
        assert result['train']['feat'].shape == (1, DIM)
    (folder / 'ill.pt').unlink()
    two = str(annotate(tmp_path / 'train.mmarts', [image, 'a/0000_01.jpg']))
    ill = features(2)
    ill[1, 3] = np.nan
    write_joblib(
        folder / 'good.pt',
        dict(features=ill, img_name=np.array([image, 'a/0000_01.jpg'])))
    result, _ = refuses(
        'features', folder, 'a, person 0, frame 1', 'finite', annotations=two)
    assert result['train']['frame_index'].tolist() == [0]
    (folder / 'ill.pt').write_bytes(b'\x80\x04 cut')
    refuses('features', folder, 'ill.pt', 'safely', annotations=path)
    with pytest.raises(ValueError, match='.pt or .pkl or .joblib of features'):
        (tmp_path / 'empty').mkdir()
        convert('features', tmp_path / 'empty', annotations=path)
    with pytest.raises(FileNotFoundError, match='no annotation file'):
        convert('features', folder, annotations='nowhere.mmarts')
