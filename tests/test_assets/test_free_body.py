# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The free body is a closed, symmetric, human body in SMPL's format."""
import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

PATH = (
    Path(__file__).resolve().parents[2] / 'mmarts' / 'assets' /
    'free_body.npz')
REGRESSORS = {
    'J_regressor': 24,
    'J_regressor_h36m': 17,
    'J_regressor_coco': 19,
    'J_regressor_lsp': 14,
    'J_regressor_extra': 9
}
SHAPES = {
    'v_template': ((6890, 3), 'f4'),
    'f': ((13776, 3), 'u4'),
    'shapedirs': ((6890, 3, 10), 'f4'),
    'posedirs': ((6890, 3, 207), 'f4'),
    'weights': ((6890, 24), 'f4'),
    'kintree_table': ((2, 24), 'i8'),
    'vertex_picks': ((21, ), 'i8'),
    'flip_vertices': ((6890, ), 'i8'),
    'flip_joints': ((24, ), 'i8'),
    'part_labels': ((6890, ), 'u1'),
    'shape_variance': ((10, ), 'f8'),
    **{
        name: ((rows, 6890), 'f4')
        for name, rows in REGRESSORS.items()
    }
}
FLIP = np.array([-1., 1., 1.])
# Rows of each regressor and their mirror images.
TWINS = {
    'J_regressor_h36m':
    [0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13],
    'J_regressor_coco':
    [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 17, 18],
    'J_regressor_lsp': [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13],
    'J_regressor_extra': [1, 0, 2, 3, 4, 5, 6, 7, 8]
}


@pytest.fixture(scope='module')
def body():
    with np.load(PATH, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope='module')
def joints(body):
    positions = body['J_regressor'] @ body['v_template']
    return dict(zip(body['joint_names'].tolist(), positions))


def volume(vertices, faces):
    a, b, c = vertices[faces].astype(float).transpose(1, 0, 2)
    return (a * np.cross(b, c)).sum() / 6


def smpl_data(body):
    """What an official SMPL file holds, without the keypoint extras."""
    keys = ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor',
            'weights', 'kintree_table')
    return {key: body[key] for key in keys}


def smpl_model(body, path='', data=None):
    smplx = pytest.importorskip('smplx')
    data_struct = None if data is None else smplx.utils.Struct(**data)
    vertex_ids = dict(
        nose=int(body['vertex_picks'][0]),
        reye=int(body['vertex_picks'][1]),
        leye=int(body['vertex_picks'][2]),
        rear=int(body['vertex_picks'][3]),
        lear=int(body['vertex_picks'][4]))
    return smplx.SMPL(
        path,
        data_struct=data_struct,
        vertex_ids=vertex_ids,
        use_hands=False,
        use_feet_keypoints=False)


@pytest.mark.parametrize('name', SHAPES)
def test_arrays(body, name):
    shape, dtype = SHAPES[name]
    assert body[name].shape == shape
    assert body[name].dtype == np.dtype(dtype)


def test_file_is_small_and_has_no_objects(body):
    assert PATH.stat().st_size <= 4e6
    assert all(array.dtype != object for array in body.values())
    assert body['name'] == 'free_body'
    assert np.isfinite(body['shapedirs']).all()


def test_surface_is_closed(body):
    faces = body['f'].astype(int)
    edges = Counter(
        (a, b) for f in faces.tolist() for a, b in zip(f, f[1:] + f[:1]))
    # Each directed edge once and its reverse once: closed, one winding.
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    assert len(np.unique(faces)) - len(edges) // 2 + len(faces) == 2
    assert .05 < volume(body['v_template'], faces) < .1  # cubic metres


def test_mirror(body):
    flip, swap = body['flip_vertices'], body['flip_joints']
    assert (flip[flip] == np.arange(6890)).all()
    assert (swap[swap] == np.arange(24)).all()
    template, shapes = body['v_template'], body['shapedirs']
    assert abs(template[flip] * FLIP - template).max() < 1e-5
    assert abs(shapes[flip] * FLIP[:, None] - shapes).max() < 1e-5
    assert abs(body['weights'][flip][:, swap] - body['weights']).max() < 1e-6
    faces = {tuple(sorted(f)) for f in body['f'].tolist()}
    assert all(tuple(sorted(f)) in faces for f in flip[body['f']].tolist())


def test_weights(body):
    weights = body['weights']
    assert (weights >= 0).all()
    assert (weights > 0).sum(1).max() <= 4
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    assert (weights.max(0) > .4).all()  # every joint moves some skin
    assert (body['part_labels'] == weights.argmax(1)).all()


@pytest.mark.parametrize('name', REGRESSORS)
def test_regressors(body, name):
    regressor = body[name]
    assert (regressor >= 0).all()
    np.testing.assert_allclose(regressor.sum(1), 1, atol=1e-5)
    assert (regressor > 0).sum(1).max() < 300
    twins = TWINS.get(name, body['flip_joints'])
    mirrored = regressor[twins][:, body['flip_vertices']]
    assert abs(mirrored - regressor).max() < 1e-6


def test_derived_rows(body):
    coco = body['J_regressor_coco']
    np.testing.assert_allclose(coco[17], coco[11:13].mean(0), atol=1e-7)
    np.testing.assert_allclose(coco[18], coco[5:7].mean(0), atol=1e-7)


def test_t_pose(body, joints):
    """Left is +x, up is +y, the face looks to +z, arms are level."""
    assert abs(joints['pelvis']).max() < 1e-4
    assert joints['left_wrist'][0] > .5 > -.5 > joints['right_wrist'][0]
    for name in ('left_elbow', 'left_wrist'):
        assert abs(joints[name][1] - joints['left_shoulder'][1]) < .01
        assert abs(joints[name][2] - joints['left_shoulder'][2]) < .02
    assert joints['head'][1] > joints['neck'][1] > joints['pelvis'][1]
    assert joints['pelvis'][1] > joints['left_knee'][1]
    assert joints['left_knee'][1] > joints['left_ankle'][1]
    assert joints['left_foot'][2] > joints['left_ankle'][2] + .05
    keypoints = body['J_regressor_coco'] @ body['v_template']
    nose, left_eye, right_eye, left_ear, right_ear = keypoints[:5]
    assert nose[2] > left_eye[2] > left_ear[2]
    assert left_ear[0] > left_eye[0] > 0 > right_eye[0] > right_ear[0]
    assert left_eye[1] > nose[1] > joints['neck'][1]


def test_vertex_picks(body):
    names = body['vertex_pick_names'].tolist()
    spots = dict(zip(names, body['v_template'][body['vertex_picks']]))
    assert len(set(body['vertex_picks'].tolist())) == 21
    for name, spot in spots.items():
        if name.startswith('left'):
            twin = spots[name.replace('left', 'right')]
            np.testing.assert_allclose(spot * FLIP, twin, atol=1e-5)
            assert spot[0] > 0
    floor = body['v_template'][:, 1].min()
    for name in ('left_big_toe', 'left_small_toe', 'left_heel'):
        assert spots[name][1] < floor + .06
    assert spots['left_big_toe'][2] > spots['left_small_toe'][2]
    assert spots['left_small_toe'][0] > spots['left_big_toe'][0]
    assert spots['left_small_toe'][2] > spots['left_heel'][2] + .1
    wrist = (body['J_regressor'] @ body['v_template'])[20]
    for finger in ('index', 'middle', 'ring', 'pinky'):
        assert spots[f'left_{finger}'][0] > wrist[0] + .1
    assert spots['left_index'][2] > spots['left_pinky'][2]  # palm down


def test_height_follows_the_first_beta(body):
    heights = [
        np.ptp((body['v_template'] + body['shapedirs'][..., 0] * beta)[:, 1])
        for beta in (-2, 0, 2)
    ]
    assert 1.4 < heights[0] < heights[1] < heights[2] < 2.05


def test_weight_follows_the_second_beta(body):
    volumes = [
        volume(body['v_template'] + body['shapedirs'][..., 1] * beta,
               body['f']) for beta in (-2, 0, 2)
    ]
    assert volumes[0] > 1.1 * volumes[1]
    assert volumes[1] > 1.1 * volumes[2]


def test_explained_variance(body):
    assert .95 <= body['shape_variance'].sum() <= 1


def test_elbow_and_knee_bend_as_in_smpl(body):
    torch = pytest.importorskip('torch')
    model = smpl_model(body, data=smpl_data(body))
    names = body['joint_names'].tolist()
    for joint, axis, angle, end, coordinate, sign in (('left_elbow', 1,
                                                       -np.pi / 2, 'left_hand',
                                                       2, 1),
                                                      ('left_knee', 0,
                                                       np.pi / 2, 'left_foot',
                                                       2, -1)):
        pose = torch.zeros(1, 23, 3)
        pose[0, names.index(joint) - 1, axis] = angle
        output = model(body_pose=pose.view(1, -1))
        moved = output.joints[0, names.index(end)]
        pivot = output.joints[0, names.index(joint)]
        assert sign * (moved - pivot)[coordinate] > .2


def test_smplx_accepts_a_pickle(body, tmp_path):
    pytest.importorskip('torch')
    path = tmp_path / 'SMPL_NEUTRAL.pkl'
    with open(path, 'wb') as file:
        pickle.dump(smpl_data(body), file)
    output = smpl_model(body, str(path))()
    np.testing.assert_allclose(
        output.vertices[0].detach().numpy(), body['v_template'], atol=1e-5)
    assert output.joints.shape == (1, 29, 3)
