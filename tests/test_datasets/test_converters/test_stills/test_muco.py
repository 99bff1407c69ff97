# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json

import numpy as np
import pytest
from people_files import cut_short, write_json, write_picture

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets.converters.convert import convert_dataset

pytest.importorskip('xtcocotools')

K = 21
FILE = 'MuCo-3DHP.json'
F, C = (1500., 1510.), (32., 24.)


def joints_mm(number):
    rng = np.random.default_rng(number)
    return rng.normal(0, 300, (K, 3)) + (100, -50, 4000)


def person(number, **changes):
    joints = joints_mm(number)
    points = joints[:, :2] / joints[:, 2:] * F + C
    return dict(
        dict(
            id=number,
            image_id=3,
            bbox=[4, 5, 30, 40],
            keypoints_img=points.tolist(),
            keypoints_cam=joints.tolist(),
            keypoints_vis=[True] * (K - 1) + [False]), **changes)


def write(root, *people, **image):
    entry = dict(
        id=3,
        file_name='augmented_set/9/unsorted.jpg',
        width=64,
        height=48,
        f=F,
        c=C)
    write_picture(root / entry['file_name'], 64, 48)
    write_json(root / FILE,
               dict(images=[dict(entry, **image)], annotations=list(people)))
    return root


def test_metres_and_pixels_agree_with_the_camera(tmp_path, convert):
    root = write(tmp_path / 'muco', person(1), person(2))
    arrays = convert('muco', root, images=str(root))['train']
    np.testing.assert_allclose(
        arrays['joints3d'][1], joints_mm(2) / 1000, rtol=1e-5)
    seen = arrays['joints3d'] @ arrays['K'].transpose(0, 2, 1)
    seen = seen[..., :2] / seen[..., 2:]
    np.testing.assert_allclose(
        arrays['keypoints2d'][:, :-1], seen[:, :-1], atol=1e-3)
    assert arrays['keypoints2d_score'][0].tolist() == [1] * 20 + [0]


def test_fits_are_given_by_annotation(tmp_path, convert, toy_file):
    root = write(tmp_path / 'muco', person(1), person(2))
    pose = np.arange(72) / 100
    fits = tmp_path / 'smpl_param.json'
    write_json(
        fits,
        {'2': dict(pose=pose.tolist(), shape=[.1] * 10, trans=[0, 1, 4])})
    arrays = convert(
        'muco',
        root,
        fits=[str(fits)],
        body=dict(type='SMPL', model_path=toy_file))['train']
    assert arrays['betas_valid'].tolist() == [False, True]
    np.testing.assert_allclose(arrays['body_pose'][1].ravel(), pose[3:])
    np.testing.assert_allclose(arrays['transl'][1], [0, 1, 4])
    assert str(arrays['body_model_id']).startswith('toy')


def test_other_fits_mean_another_conversion(tmp_path, toy_file):
    root, fits = write(tmp_path / 'muco', person(1)), tmp_path / 'smpl.json'
    config = dict(
        type='muco',
        fits=[str(fits)],
        body=dict(type='SMPL', model_path=toy_file))
    with pytest.raises(FileNotFoundError, match='no file of SMPL fits'):
        convert_dataset(config, str(root), tmp_path / 'out')
    done = []
    for shape in (.1, .1, .25):
        content = json.dumps(
            {'1': dict(pose=[0] * 72, shape=[shape] * 10, trans=[0, 0, 4])})
        if not fits.exists() or fits.read_text() != content:
            fits.write_text(content)
        report = convert_dataset(config, str(root), tmp_path / 'out')
        done.append(report['done'])
    assert done == [[], ['train'], []]
    arrays = AnnotationFile(tmp_path / 'out/train.mmarts').arrays
    assert arrays['betas'][0, 0] == .25


@pytest.mark.robustness
def test_bad_input_is_named(tmp_path, refuses, convert):
    root = tmp_path / 'muco'
    for changes, words in ((dict(keypoints_cam=[[0, 0, float('nan')]] * K),
                            'joints3d[0, 2] is nan'),
                           (dict(keypoints_img=[[0, 0]] * (K - 1)),
                            'shape'), (dict(keypoints_vis=[1] * 20),
                                       'should be 21 flags'),
                           (dict(keypoints_cam=[[0, 0, 1]] * 17),
                            'joints3d should be (21, 3)'), (dict(bbox=[1, 2]),
                                                            '4 numbers')):
        write(root, person(1), person(2, **changes))
        result, bad = refuses('muco', root, f'{FILE}, annotation 2', words)
        assert len(bad) == 1 and len(result['train']['person']) == 1
    write(root, person(1), f=3.)
    refuses('muco', root, 'annotation 1', 'of another layout')
    write(root, person(1), width=60)
    refuses('muco', root, 'should have 60 x 48', images=str(root))
    (root / 'augmented_set/9/unsorted.jpg').unlink()
    refuses('muco', root, 'is not in', images=str(root))
    cut_short(root / FILE)
    refuses('muco', root, 'no complete JSON file')
    (root / FILE).unlink()
    with pytest.raises(ValueError, match='has no MuCo-3DHP.json'):
        convert('muco', root)
