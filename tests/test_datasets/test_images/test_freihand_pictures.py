# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""FreiHAND's own files, of a drawn hand."""
import json
import shutil

import numpy as np
import pytest
import torch

from mmarts.datasets import FreiHANDPictures, PictureClips
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.structures import BodyParams, check_sample

PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')


def make(hand_folder, split='training', **kwargs):
    return FreiHANDPictures(
        str(hand_folder / 'FreiHAND'),
        split,
        mano=str(hand_folder / 'mano/MANO_RIGHT.pkl'),
        **kwargs)


def hand_config(hand_folder):
    return dict(
        type='MANO',
        model_path=str(hand_folder / 'mano/MANO_RIGHT.pkl'),
        tips='freihand')


@pytest.mark.parametrize('angle', [0., 1.])
def test_parameters_joints_and_meshes_agree(hand_folder, angle):
    data = make(
        hand_folder,
        hand_vertices=True,
        body_model=hand_config(hand_folder),
        augment=dict(rotation=dict(chance=angle, std=90., limit=180.)))
    for i in range(len(data)):
        sample = data[i]['data_samples']
        check_sample(sample)
        params = BodyParams(*(sample.get(name) for name in PARAMS))
        for made, name in ((data.body.vertices(params), 'vertices'),
                           (data.body.joints(params,
                                             'freihand21'), 'joints3d')):
            torch.testing.assert_close(
                made, sample.get(name), atol=1e-5, rtol=0)


def test_keypoints_are_on_the_hand(hand_folder):
    """Skin is of one hue; the rim of a picture is not."""
    data = make(hand_folder, 'evaluation', crop_size=224)
    assert len(data) == 2
    for i in range(2):
        item = data[i]
        image = item['inputs']['image'][0].float()
        points = item['data_samples'].keypoints2d_crop[0]
        x, y = (112 * (points + 1)).long().clamp(0, 223).T
        red, green, blue = image[:, y, x]
        # Tips and the wrist lie on the outline.
        skin = (red > 1.15 * green) & (green > 1.05 * blue)
        assert skin.float().mean() > 0.7


def test_the_whole_picture_is_the_crop(hand_folder):
    sample = make(hand_folder)[1]['data_samples']
    assert sample.box.tolist() == [0, 0, 224, 224]
    torch.testing.assert_close(112 * (sample.keypoints2d_crop + 1),
                               sample.keypoints2d)


def test_rounds_show_the_same_hands_again(hand_folder):
    once, twice = make(hand_folder), make(hand_folder, rounds=2)
    assert (len(once), len(twice)) == (4, 8)
    torch.testing.assert_close(twice[5]['data_samples'].joints3d,
                               once[1]['data_samples'].joints3d)
    assert not torch.equal(twice[5]['inputs']['image'],
                           once[1]['inputs']['image'])


def test_the_converters_file_gives_the_same_samples(hand_folder, tmp_path):
    root = str(hand_folder / 'FreiHAND')
    mano = str(hand_folder / 'mano/MANO_RIGHT.pkl')
    convert_dataset(
        dict(type='freihand', images=root, mano=mano), root, tmp_path)
    mapped = PictureClips(
        str(tmp_path / 'training.mmarts'),
        root,
        num_frames=1,
        interval=1,
        joint_set='freihand21',
        box='picture',
        augment=dict(margin=(1., 1.)))
    read = make(hand_folder)
    assert len(mapped) == len(read)
    for i in range(len(read)):
        ours, theirs = read[i], mapped[i]
        assert torch.equal(ours['inputs']['image'], theirs['inputs']['image'])
        for key in ours['data_samples'].keys():
            assert torch.equal(ours['data_samples'].get(key),
                               theirs['data_samples'].get(key)), key


@pytest.mark.robustness
def test_what_is_missing_is_named(hand_folder, tmp_path):
    with pytest.raises(ValueError, match='training.*evaluation'):
        FreiHANDPictures(str(tmp_path), 'test')
    for split, archive in (('training', 'FreiHAND_pub_v2.zip'),
                           ('evaluation', 'FreiHAND_pub_v2_eval.zip')):
        with pytest.raises(FileNotFoundError, match=archive) as error:
            FreiHANDPictures(str(tmp_path), split)
        assert '\n' not in str(error.value)
    for name in ('xyz', 'K'):
        shutil.copy(hand_folder / f'FreiHAND/training_{name}.json', tmp_path)
    with pytest.raises(FileNotFoundError, match='00000000.jpg'):
        FreiHANDPictures(str(tmp_path))[0]
    broken = json.loads((tmp_path / 'training_xyz.json').read_text())
    broken[2] = np.array(broken[2])[:20].tolist()
    (tmp_path / 'training_xyz.json').write_text(json.dumps(broken))
    with pytest.raises(ValueError, match='training_xyz.json, entry 2'):
        FreiHANDPictures(str(tmp_path))
