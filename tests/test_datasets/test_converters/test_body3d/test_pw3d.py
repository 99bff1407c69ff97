# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import os
import pickle

import numpy as np
import pytest
import roma
import torch
from dataset_files import body_folder, pw3d_json, pw3d_sequence, write_pw3d

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.body_models import SMPL
from mmarts.datasets import MeshDataset
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.structures import BodyParams, check_sample, get_joint_set


@pytest.fixture
def root(tmp_path, monkeypatch):
    """3DPW's folder, and bodies where mmarts looks for them."""
    folder = body_folder(tmp_path / 'bodies')
    monkeypatch.setenv('MMARTS_BODY_MODELS', str(folder))
    return tmp_path / '3DPW'


def convert(root, **kwargs):
    """The report; files lie in ``out`` beside the folder."""
    options = {
        k: kwargs.pop(k)
        for k in list(kwargs) if k not in ('jobs', 'skip_bad')
    }
    return convert_dataset(
        dict(type='pw3d', **options), str(root), root.parent / 'out', **kwargs)


def arrays_of(root, split='test'):
    return AnnotationFile(root.parent / 'out' / f'{split}.mmarts')


def toy_body(gender):
    return SMPL(
        gender=gender,
        regressors=dict(
            coco19='J_regressor_coco19.npy', h36m17='J_regressor_h36m.npy'))


def world_points(content, person, body, make):
    """Points of a body in the world, moved into the camera by hand."""
    poses = torch.tensor(content['poses'][person]).float()
    turns = roma.rotvec_to_rotmat(poses.reshape(-1, 24, 3))
    params = BodyParams(
        turns[:, :1], turns[:, 1:],
        torch.tensor(content['betas'][person]).float().expand(len(turns), -1),
        torch.tensor(content['trans'][person]).float())
    camera = torch.tensor(content['cam_poses']).float()
    return make(body, params) @ camera[:, :3, :3].mT + camera[:, None, :3, 3]


@pytest.mark.parametrize('joint_set', ['coco19', 'h36m17'])
def test_joints_are_those_of_the_gendered_body(root, joint_set):
    content = pw3d_sequence()
    write_pw3d(root, 'test', content)
    convert(root, joint_set=joint_set, vertices=['test'])
    file = arrays_of(root)
    for person, gender in enumerate(('male', 'female')):
        rows = slice(12 * person, 12 * person + 12)
        assert file.track_name(person) == ('downtown_toy_00', str(person))
        assert set(file.arrays['gender'][rows]) == {gender.encode()}
        body = toy_body(gender)
        expected = world_points(content, person, body,
                                lambda b, p: b.joints(p, joint_set))
        np.testing.assert_allclose(
            file.arrays['joints3d'][rows], expected, atol=2e-5)
        expected = world_points(content, person, body,
                                lambda b, p: b.vertices(p))
        np.testing.assert_allclose(
            file.arrays['vertices'][rows], expected, atol=2e-5)


@pytest.mark.parametrize('gendered', [[], ['test']])
def test_parameters_make_the_mesh_again(root, gendered):
    write_pw3d(root, 'test', pw3d_sequence())
    convert(root, gendered=gendered, vertices=['test'])
    dataset = MeshDataset(
        str(root.parent / 'out' / 'test.mmarts'), num_frames=12)
    for item, gender in zip(dataset, ('male', 'female')):
        sample = item['data_samples']
        check_sample(sample)
        assert sample.gender == gender and sample.fps == 30
        assert sample.image[3] == 'imageFiles/downtown_toy_00/image_00003.jpg'
        body = toy_body(gender if gendered else 'neutral')
        assert sample.body_model_id == body.body_model_id
        made = body.vertices(
            BodyParams(sample.global_orient, sample.body_pose, sample.betas,
                       sample.transl))
        torch.testing.assert_close(made, sample.vertices, atol=1e-4, rtol=0)


def test_keypoints_and_boxes_are_in_the_picture_s_pixels(root):
    content = pw3d_sequence()
    content['poses2d'][0][3, :, 8] = 0  # OpenPose missed the right hip
    write_pw3d(root, 'test', content)
    convert(root)
    arrays, coco = arrays_of(root).arrays, get_joint_set('coco19')
    nose, hip, pelvis = coco.index('Nose', 'R_Hip', 'Pelvis')
    np.testing.assert_allclose(
        arrays['keypoints2d'][5, nose],
        content['poses2d'][0][5, :2, 0],
        rtol=1e-6)
    assert arrays['keypoints2d_score'][3, [hip, pelvis]].tolist() == [0, 0]
    hips = content['poses2d'][0][5, :2][:, [8, 11]]
    np.testing.assert_allclose(
        arrays['keypoints2d'][5, pelvis], hips.mean(1), rtol=1e-6)
    assert (arrays['image_size'] == (1080, 1920)).all()
    np.testing.assert_allclose(arrays['K'],
                               np.tile(content['cam_intrinsics'], (24, 1, 1)))
    pixels = arrays['joints3d'] @ arrays['K'].transpose(0, 2, 1)
    pixels = pixels[..., :2] / pixels[..., 2:]
    assert (arrays['box'][:, None, :2] <= pixels).all()
    assert (arrays['box'][:, None, 2:] >= pixels).all()


def test_frames_without_a_camera_are_left_out_and_counted(root):
    content = pw3d_sequence()
    content['campose_valid'][1][3:6] = 0
    write_pw3d(root, 'test', content)
    entry = convert(root)['splits']['test']
    assert (entry['rows'], entry['bad']) == (21, [])
    skipped = entry['skipped']['frames without a valid camera']
    assert skipped['count'] == 3
    assert skipped['examples'] == [
        'sequenceFiles/test/downtown_toy_00.pkl, downtown_toy_00, person 1, '
        'frames 3-5'
    ]
    frames = arrays_of(root).arrays['frame_index'][12:]
    assert frames.tolist() == [0, 1, 2, 6, 7, 8, 9, 10, 11]


def test_a_lower_rate_keeps_frames_and_their_pictures(root):
    write_pw3d(root, 'test', pw3d_sequence(people=1))
    convert(root, fps=10)
    arrays = arrays_of(root).arrays
    assert arrays['frame_index'].tolist() == [0, 1, 2, 3]
    assert [x.decode()[-6:-4]
            for x in arrays['image']] == ['00', '03', '06', '09']
    assert (arrays['fps'], arrays['source_fps']) == (10, 30)
    with pytest.raises(ValueError, match='at most 30, but is 60'):
        convert(root, fps=60)


@pytest.mark.robustness
def test_broken_numbers_name_file_person_and_frame(root):
    content = pw3d_sequence()
    content['poses'][0][4:6, 7] = np.nan
    content['trans'][1] = content['trans'][1][:-1]
    write_pw3d(root, 'test', content)
    name = 'sequenceFiles/test/downtown_toy_00.pkl'
    words = 'person 0, frames 4-5: poses is not finite'
    with pytest.raises(
            ValueError, match=f'^{name}, downtown_toy_00, {words}$'):
        convert(root)
    entry = convert(root, skip_bad=True)['splits']['test']
    assert entry['rows'] == 10 and entry['bad'] == [
        f'{name}, downtown_toy_00, person 0, frames 4-5: poses is not finite',
        f'{name}, downtown_toy_00, person 1: trans should be (12, 3), but is '
        '(11, 3)'
    ]


@pytest.mark.robustness
@pytest.mark.parametrize('change,words', [
    (dict(genders=['m', 'x']), 'person 1: genders should be "m" or "f"'),
    (dict(genders=['m']), "person 1: .'genders'. hold fewer people"),
    (dict(cam_poses=np.zeros((12, 3, 4))), 'cam_poses should be'),
    (dict(poses=[['a'] * 12]), 'person 0: poses should hold numbers'),
])
def test_another_schema_is_one_line(root, change, words):
    content = {**pw3d_sequence(), **change}
    path = write_pw3d(root, 'test', content)
    with pytest.raises(
            ValueError, match=f'^{path.relative_to(root)}.*{words}'):
        convert(root)
    del content['poses2d']
    write_pw3d(root, 'test', content)
    with pytest.raises(ValueError, match="lacks .'poses2d'.; is it a seq"):
        convert(root)


class _Runs:

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path), )


@pytest.mark.robustness
def test_a_pickle_that_runs_code_and_one_cut_short_are_refused(root):
    good = write_pw3d(root, 'test', pw3d_sequence())
    victim = root / 'made'
    evil = good.with_name('evil.pkl')
    evil.write_bytes(pickle.dumps(dict(poses=_Runs(victim))))
    cut = good.with_name('cut.pkl')
    cut.write_bytes(good.read_bytes()[:-500])
    entry = convert(root, skip_bad=True)['splits']['test']
    assert entry['rows'] == 24 and not victim.exists()
    assert len(entry['bad']) == 2
    for line, name, reason in zip(entry['bad'], ('cut', 'evil'),
                                  ('', 'mkdir, which is not on the list')):
        assert line.startswith('sequenceFiles/test/') and '\n' not in line
        assert f'{name}.pkl' in line and reason in line


@pytest.mark.robustness
def test_pictures_that_are_missing_or_turned_are_found(root):
    from PIL import Image
    path = write_pw3d(root, 'test', pw3d_sequence(), pictures=True)
    assert convert(root, images=str(root))['splits']['test']['rows'] == 24
    folder = root / 'imageFiles' / path.stem
    (folder / 'image_00007.jpg').unlink()
    (root.parent / 'out' / 'test.mmarts').unlink()
    with pytest.raises(ValueError, match='frame 7: its picture .*00007.jpg'):
        convert(root, images=str(root))
    entry = convert(root, images=str(root), skip_bad=True)['splits']['test']
    assert entry['rows'] == 22 and len(entry['bad']) == 1
    Image.new('L', (1920, 1080)).save(folder / 'image_00000.jpg')
    (root.parent / 'out' / 'test.mmarts').unlink()
    with pytest.raises(ValueError, match='has 1920 x 1080 pixels, but should'):
        convert(root, images=str(root))


def test_other_folders_and_options_are_refused(root):
    root.mkdir()
    (root / 'a.txt').write_text('')
    with pytest.raises(ValueError, match='neither sequenceFiles.*1 of .txt'):
        convert(root)
    for option in ('gendered', 'vertices'):
        with pytest.raises(ValueError, match="they hold .'val'."):
            convert(root, **{option: ['val']})


def write_json(root, content, split='test'):
    root.mkdir(exist_ok=True)
    path = root / f'3DPW_latest_{split}.json'
    path.write_text(json.dumps(content))
    return path


def test_json_of_the_authors_gives_what_the_pickles_give(root):
    content = pw3d_sequence()
    write_pw3d(root, 'test', content)
    convert(root)
    expected = arrays_of(root).arrays
    roots = [
        world_points(content, p, toy_body(g),
                     lambda b, q: b.joints(q, 'smpl24'))[:, 0].numpy()
        for p, g in enumerate(('male', 'female'))
    ]
    other = root.parent / 'json'
    write_json(other, pw3d_json(content, roots))
    (root.parent / 'out' / 'test.mmarts').unlink()
    convert(other)
    arrays = arrays_of(root).arrays
    assert arrays.keys() == expected.keys() | {'annotation_id'}
    for name, array in expected.items():
        if array.dtype.kind == 'f':
            np.testing.assert_allclose(
                arrays[name], array, atol=2e-4, rtol=1e-5, err_msg=name)
        else:
            np.testing.assert_array_equal(arrays[name], array)
    assert arrays['annotation_id'].tolist() == [
        1000 + 2 * f + p for p in range(2) for f in range(12)
    ]


def test_features_of_the_authors_come_along(root):
    path = write_json(root, pw3d_json(pw3d_sequence()))
    features = {
        f'downtown_toy_00_{p}_{f}': [float(p), float(f)]
        for p in range(2)
        for f in range(12) if (p, f) != (1, 4)
    }
    path.with_name('3DPW_test_img_feat.json').write_text(json.dumps(features))
    entry = convert(root, features=True)['splits']['test']
    assert entry['skipped']['rows without an image feature']['count'] == 1
    arrays = arrays_of(root).arrays
    assert arrays['feat'][:, 1].tolist() == arrays['frame_index'].tolist()
    assert arrays['feat'][:, 0].tolist() == [0] * 12 + [1] * 11


@pytest.mark.robustness
def test_json_of_another_schema_is_one_line(root):
    good = pw3d_json(pw3d_sequence())
    path = write_json(root, good)
    for change, words in ((dict(smpl_param=dict(pose=[1.])),
                           r"annotations\[0\] is of another .*"
                           "'shape'"), (dict(image_id=99),
                                        'belongs to no image'),
                          (dict(openpose_result=[[1, 2, 3]]),
                           r'poses2d should be \(18, 3\)')):
        write_json(
            root,
            dict(
                good,
                annotations=[
                    dict(good['annotations'][0], **change),
                    *good['annotations'][1:]
                ]))
        with pytest.raises(ValueError, match=f'^{path.name}: .*{words}'):
            convert(root)
        entry = convert(root, skip_bad=True)['splits']['test']
        assert (entry['rows'], len(entry['bad'])) == (23, 1)
    path.write_text(json.dumps(good)[:-20])
    with pytest.raises(ValueError, match='no complete JSON file'):
        convert(root)


@pytest.mark.slow
def test_processes_give_what_one_gives(root):
    for split, name in (('train', 'a'), ('train', 'b'), ('test', 'c')):
        write_pw3d(root, split, pw3d_sequence(name))
    convert(root, jobs=2)
    two = (root.parent / 'out' / 'train.mmarts').read_bytes()
    (root.parent / 'out' / 'train.mmarts').unlink()
    convert(root)
    assert (root.parent / 'out' / 'train.mmarts').read_bytes() == two
