# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of a dataset's samples show what the samples hold."""
import numpy as np
import pytest
import torch

from mmarts.body_models import SMPL
from mmarts.registry import DATASETS
from mmarts.structures import MeshDataSample
from mmarts.visualization.sample_drawer import BOX, EXACT, SampleDrawer

SIZE = 200


@pytest.fixture(scope='module')
def item():
    """A test sample of FreeMotion."""
    return DATASETS.build(dict(type='FreeMotion', split='test'))[3]


def point_sample(point, box, **meta):
    """All 19 joints of two frames in one point; seen where they are."""
    K = torch.tensor([[500., 0, 400], [0, 500, 300], [0, 0, 1]])
    joints = torch.tensor(point).expand(2, 19, 3)
    pixel = (joints @ K.T)[..., :2] / joints[..., 2:]
    sample = MeshDataSample(
        metainfo=dict(
            dict(
                dataset='d',
                sequence='s',
                person='0',
                frame_index=np.arange(2),
                fps=30.,
                image_size=(800, 600),
                K=K.numpy(),
                box=box,
                crop_affine=None,
                body_model_id=None,
                joint_set='coco19'), **meta))
    sample.set_target('joints3d', joints)
    inputs = dict(keypoints2d=pixel, keypoints2d_score=torch.ones(2, 19))
    return inputs, sample


def panels(picture):
    return picture.reshape(SIZE, 4, SIZE, 3).swapaxes(0, 1)


def middle_of(panel, colour):
    """Mean place (x, y) of the pixels of a colour, the corner at 0."""
    rows, columns = np.nonzero((panel == colour).all(-1))
    return np.array([columns.mean(), rows.mean()]) + 0.5


def test_a_crop_lies_where_it_was_cut():
    inputs, sample = point_sample((.5, -.2, 5.), (400, 230, 500, 330))
    # 100 pixels of the picture in 50 of the crop, red in the middle.
    image = torch.full((2, 3, 50, 50), 40, dtype=torch.uint8)
    image[:, :, 20:30, 20:30] = torch.tensor([200, 0, 0])[:, None, None]
    affine = np.array([[0.5, 0, -200], [0, 0.5, -115]])
    sample.set_metainfo(dict(crop_affine=np.stack([affine] * 2)))
    inputs['keypoints2d_score'] = torch.zeros(2, 19)
    del sample.joints3d
    drawn = SampleDrawer(None, SIZE).draw(dict(inputs, image=image), sample)
    for panel, scale in zip(
            panels(drawn)[:2], (0.94 * SIZE / 800, SIZE / 115)):
        red = (panel[..., 0] > 120) & (panel[..., 1] < 60)
        rows, columns = np.nonzero(red)
        place = np.array([columns.mean(), rows.mean()]) + 0.5
        # The middle of the crop is at (450, 280) of the picture.
        middle = np.array([SIZE / 2, SIZE / 2])
        if scale < 1:
            middle = middle + scale * (np.array([450, 280]) - (400, 300))
        assert np.abs(place - middle).max() < 1.5
        assert np.sqrt(red.sum()) == pytest.approx(20 * scale, abs=1.6)


def test_box_and_exact_joints_lie_where_they_should():
    # (0.5, -0.2, 5) is seen at (450, 280).
    inputs, sample = point_sample((.5, -.2, 5.), (350, 200, 530, 380))
    whole, close, body, side = panels(
        SampleDrawer(None, SIZE).draw(inputs, sample))
    scale = 0.94 * SIZE / 800
    # Its lines are smooth, so they are only nearly of its colour.
    away = np.abs(whole.astype(int) - BOX).max(-1)
    away[:30] = 255  # the label
    rows, columns = np.nonzero(away < 120)
    np.testing.assert_allclose(
        [columns.min() + .5, columns.max() + .5],
        SIZE / 2 + scale * (np.array([350, 530]) - 400),
        atol=1)
    np.testing.assert_allclose(
        [rows.min() + .5, rows.max() + .5],
        SIZE / 2 + scale * (np.array([200, 380]) - 300),
        atol=1)
    # The box is shown with some surroundings, its middle in the middle.
    scale = SIZE / (180 * 1.15)
    expected = SIZE / 2 + scale * (np.array([450, 280]) - (440, 290))
    np.testing.assert_allclose(middle_of(close, EXACT), expected, atol=1)
    for panel in (body, side):
        drawn = panel[60:] > 150  # below the label
        rows, columns = np.nonzero(drawn.any(-1))
        np.testing.assert_allclose(
            [columns.mean() + .5, rows.mean() + 60.5], expected, atol=1.5)


def test_a_missed_joint_keeps_its_exact_place_alone():
    inputs, sample = point_sample((.5, -.2, 5.), (350, 200, 570, 420))
    inputs['keypoints2d'] = inputs['keypoints2d'] + 40
    inputs['keypoints2d_score'][:] = 0
    inputs['keypoints2d_score'][0] = 1
    drawer = SampleDrawer(None, SIZE)
    seen = drawer.draw(inputs, sample, frame=0)
    missed = drawer.draw(inputs, sample, frame=1)
    assert not (seen == missed).all()
    close = panels(missed)[1][30:]
    coloured = np.ptp(close.astype(int), -1) > 60
    green = close[..., 1] > close[..., 0]
    assert coloured.any() and green[coloured].all()


def test_mesh_is_drawn_under_its_joints_from_both_sides(item, free_body):
    drawer = SampleDrawer(free_body, SIZE, 'software')
    picture = drawer.draw(item['inputs'], item['data_samples'])
    assert picture.shape == (SIZE, 4 * SIZE, 3)
    without = SampleDrawer(None, SIZE).draw(item['inputs'],
                                            item['data_samples'])
    for number in (2, 3):
        mesh = (panels(picture)[number] != panels(without)[number]).any(-1)
        joints = (panels(without)[number][30:] > 100).any(-1)
        assert 0.02 < mesh.mean() < 0.6
        # Nearly every pixel of the skeleton has the mesh about it.
        near = np.zeros_like(mesh)
        for dx in range(-4, 5):
            for dy in range(-4, 5):
                near |= np.roll(mesh, (dy, dx), (0, 1))
        assert near[30:][joints].mean() > 0.9
    assert (panels(picture)[2] != panels(picture)[3]).any()
    drawer.close()


def test_what_a_sample_lacks_is_left_out(free_body):
    inputs, sample = point_sample((0., 0, 5), (300, 200, 500, 400))
    bare = MeshDataSample(metainfo=dict(sample.metainfo_items()))
    picture = SampleDrawer(free_body, SIZE, 'software').draw(inputs, bare)
    for panel in panels(picture)[2:]:
        assert np.ptp(panel[30:, :-1]) == 0
    # Joints that are not valid are not drawn either.
    sample.joints3d_valid[:] = False
    again = SampleDrawer(free_body, SIZE, 'software').draw(inputs, sample)
    np.testing.assert_array_equal(again, picture)


def test_another_body_is_an_error(item, toy_file):
    with pytest.raises(ValueError, match='"free_body-.*"toy-'):
        SampleDrawer(SMPL(toy_file), SIZE,
                     'software').draw(item['inputs'], item['data_samples'])
