# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import roma
import torch
from people_files import write_json

from mmarts.body_models import SMPL
from mmarts.datasets.converters.formats.smpl_fits import SMPLFits
from mmarts.geometry.camera import project
from mmarts.structures import BodyParams

RNG = np.random.default_rng(0)
POSE = RNG.normal(0, .3, (24, 3))


def neural_annot(**changes):
    fit = dict(
        smpl_param=dict(
            pose=POSE.ravel().tolist(), shape=[.1] * 10, trans=[.1, -.2, 4.]),
        cam_param=dict(focal=[1500., 1510.], princpt=[320., 240.]))
    return dict(fit, **changes)


def eft(**changes):
    fit = dict(
        parm_pose=roma.rotvec_to_rotmat(torch.tensor(POSE)).tolist(),
        parm_shape=[.1] * 10,
        parm_cam=[.9, .1, -.05],
        bbox_scale=1.5,
        bbox_center=[300., 200.],
        imageName='COCO_train2014_000000000036.jpg',
        annotId=[77])
    return dict(fit, **changes)


def read(tmp_path, *contents):
    paths = []
    for i, content in enumerate(contents):
        paths.append(tmp_path / f'{i}.json')
        write_json(paths[-1], content)
    return SMPLFits(paths)


def test_neural_annot_by_annotation(tmp_path):
    fits = read(tmp_path, {'5': neural_annot()})
    found = fits.find(5)
    np.testing.assert_allclose(found['body_pose'], POSE[1:])
    np.testing.assert_allclose(found['global_orient'], POSE[:1])
    np.testing.assert_allclose(found['K'],
                               [[1500, 0, 320], [0, 1510, 240], [0, 0, 1]])
    np.testing.assert_allclose(found['transl'], [.1, -.2, 4])
    assert fits.find(6) == {} and len(fits) == 1


def test_the_camera_of_eft_is_that_of_its_crop(tmp_path, toy_file):
    found = read(tmp_path, dict(ver=.1, data=[eft()])).find(77)
    smpl = SMPL(toy_file)
    turns = roma.rotvec_to_rotmat(torch.tensor(POSE).float())
    betas = torch.full((10, ), .1)
    # SPIN's camera in the crop: 5000 pixels of 224, far away.
    depth = 2 * 5000 / (224 * .9)
    joints = smpl.joints(
        BodyParams(turns[:1], turns[1:], betas, torch.tensor([.1, -.05,
                                                              depth])))
    crop = project(joints,
                   torch.tensor([[5000., 0, 112], [0, 5000, 112], [0, 0, 1]]))
    side = 1.5 * 200
    expected = (crop.numpy() - 112) / 224 * side + (300, 200)
    values = {k: torch.tensor(v).float() for k, v in found.items()}
    ours = smpl.joints(
        BodyParams(
            roma.rotvec_to_rotmat(values['global_orient']),
            roma.rotvec_to_rotmat(values['body_pose']), values['betas'],
            values['transl']))
    np.testing.assert_allclose(
        project(ours, values['K']).numpy(), expected, atol=1e-2)


def test_eft_of_pictures_without_annotations_by_place(tmp_path):
    left = eft(annotId=0, imageName='a/im1.jpg', parm_shape=[1] * 10)
    right = eft(annotId=0, imageName='im1.jpg', bbox_center=[700., 200.])
    fits = read(tmp_path, dict(data=[left, right]))
    box = np.array([260, 100, 360, 310.])
    assert fits.find('0', 'b/im1.jpg', box)['betas'][0] == 1
    assert fits.find('0', 'im1.jpg', box + [400, 0, 400, 0])['betas'][0] == .1
    assert fits.find('0', 'im1.jpg', box + [0, 900, 0, 900]) == {}
    assert fits.find('0', 'im2.jpg', box) == {}
    # LSP's pictures were published as JPEG and as PNG.
    assert fits.find('0', 'im1.png', box)['betas'][0] == 1


@pytest.mark.robustness
def test_malformed_fits_are_named(tmp_path):
    params = neural_annot()['smpl_param']
    for fit, words in ((dict(params, pose=[0] * 66), '72 numbers'),
                       (dict(params, shape=[0] * 9), '10 numbers'),
                       (dict(params, trans=[0, 0, np.nan]),
                        'not finite'), (dict(pose=1), "'shape'")):
        fits = read(tmp_path, {'5': dict(smpl_param=fit)})
        with pytest.raises(ValueError, match=words) as caught:
            fits.find(5)
        assert '0.json, "5" is malformed' in str(caught.value)
    for changes, words in ((dict(parm_pose=[[0] * 3] * 24), 'not .24, 3, 3'),
                           (dict(parm_pose=np.ones((24, 3, 3)).tolist()),
                            'no rotations'), (dict(parm_cam=[1, 2]),
                                              'unpack')):
        fits = read(tmp_path, dict(data=[eft(**changes)]))
        with pytest.raises(ValueError, match=words):
            fits.find(77)
    with pytest.raises(ValueError, match=r"data\[0\] lacks \['parm_pose'"):
        read(tmp_path, dict(data=[{}]))
    with pytest.raises(ValueError, match='should hold a dict'):
        read(tmp_path, [1])
