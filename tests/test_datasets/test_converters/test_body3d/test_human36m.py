# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import os
import pickle

import numpy as np
import pytest
from dataset_files import body_folder
from human36m_files import CAMERAS, FRAMES, PICKED, Motion

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets import MeshDataset
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.structures import check_sample, get_joint_set


def convert(root, skip_bad=False, **options):
    """The report and, if there is one, the file of the test split."""
    out = root.parent / 'out'
    report = convert_dataset(
        dict(type='h36m', **options), str(root), out, skip_bad=skip_bad)
    path = out / 'test.mmarts'
    return report, AnnotationFile(path) if path.is_file() else None


def fit(frame):
    rng = np.random.default_rng(frame)
    return dict(
        pose=rng.normal(0, .2, 72).tolist(),
        shape=rng.normal(0, 1, 10).tolist(),
        trans=rng.normal(0, .1, 3).tolist())


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder for the files, and bodies where mmarts looks for them."""
    monkeypatch.setenv('MMARTS_BODY_MODELS',
                       str(body_folder(tmp_path / 'bodies')))
    return tmp_path / 'h36m'


@pytest.mark.parametrize('layout', ['cdf', 'json', 'mmpose'])
def test_all_layouts_give_the_joints_before_the_cameras(root, layout):
    root.mkdir()
    motion = Motion()
    points = np.random.default_rng(1).uniform(0, 999, (4, FRAMES, 17, 2))
    if layout == 'mmpose':
        motion.write_mmpose(root, points)
    else:
        getattr(motion, f'write_{layout}')(root)
    report, file = convert(root)
    assert report['splits']['test']['bad'] == []
    arrays = file.arrays
    for camera in range(4):
        rows = slice(FRAMES * camera, FRAMES * (camera + 1))
        np.testing.assert_allclose(
            arrays['joints3d'][rows], motion.joints(camera), atol=2e-5)
        assert arrays['frame_index'][rows].tolist() == list(range(FRAMES))
        assert arrays['image_size'][rows].tolist(
        ) == [[1000, 1002 if camera in (0, 3) else 1000]] * FRAMES
        if layout == 'mmpose':
            np.testing.assert_allclose(
                arrays['keypoints2d'][rows], points[camera], rtol=1e-6)
    assert set(arrays['action']) == {b'WalkDog'}
    assert (arrays['fps'], str(arrays['joint_set'])) == (50, 'h36m17')
    check_sample(
        MeshDataset(str(file.path), num_frames=FRAMES)[0]['data_samples'])


def test_the_picked_joints_are_those_that_move():
    wide, narrow = get_joint_set('h36m32'), get_joint_set('h36m17')
    assert wide.index(*narrow.joints) == PICKED


def test_original_pixels_win_over_projected_ones(root):
    flat = np.random.default_rng(2).uniform(0, 999, (FRAMES, 32, 2))
    Motion().write_cdf(root, flat=flat)
    arrays = convert(root)[1].arrays
    np.testing.assert_allclose(
        arrays['keypoints2d'][:FRAMES], flat[:, PICKED], rtol=1e-6)
    # The others go through their lens.
    i = FRAMES
    x, y, _ = (arrays['joints3d'][i] / arrays['joints3d'][i, :, 2:]).T
    k1, k2, p1, p2, k3 = arrays['distortion'][i]
    r2 = x**2 + y**2
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    # As OpenCV's manual has it.
    bent = np.stack([
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2), y * radial + p1 *
        (r2 + 2 * y**2) + 2 * p2 * x * y,
        np.ones(17)
    ], 1)
    np.testing.assert_allclose(
        arrays['keypoints2d'][i], (bent @ arrays['K'][i].T)[:, :2], rtol=1e-4)


def test_rates_that_do_not_divide_fifty(root):
    Motion().write_json(root)
    arrays = convert(root, fps=20)[1].arrays
    assert arrays['frame_index'][:5].tolist() == [0, 1, 2, 3, 4]
    names = [name.decode()[-8:-4] for name in arrays['image'][:5]]
    # Frame i shows what the original's round(2.5 i) shows, counted from 1.
    assert names == ['0001', '0003', '0006', '0009', '0011']


def test_fits_are_in_the_camera_and_masked_where_they_are_wrong(root):
    motion = Motion()
    fits = {str(f): fit(f) for f in range(FRAMES) if f != 4}
    fits['6']['trans'][1] = float('nan')
    motion.write_json(root, fits)
    report, file = convert(root, fit_limit_mm=1e9)
    arrays = file.arrays
    valid = [f not in (4, 6) for f in range(FRAMES)] * 4
    assert arrays['global_orient_valid'].tolist() == valid
    skipped = report['splits']['test']['skipped']
    assert skipped['SMPL fits that are missing']['count'] == 2 * 4
    # The limit is on the distance to motion capture, which is random here.
    report, file = convert(root)
    assert not file.arrays['betas_valid'].any()
    assert report['splits']['test']['skipped'][
        'SMPL fits too far from the joints']['count'] == 9 * 4


def test_joints_of_another_set_come_from_the_fits(root):
    motion = Motion()
    motion.write_json(root, {str(f): fit(f) for f in range(1, FRAMES)})
    arrays = convert(root, joint_set='coco19', fit_limit_mm=1e9)[1].arrays
    assert arrays['joints3d'].shape == (4 * FRAMES, 19, 3)
    assert not arrays['joints3d_valid'][0].any()
    # The same person in the world, from each of the cameras.
    places = []
    for camera in range(4):
        i = FRAMES * camera + 3
        assert arrays['joints3d_valid'][i].all()
        places.append((arrays['joints3d'][i] - arrays['cam_transl'][i])
                      @ arrays['cam_rotmat'][i])
    np.testing.assert_allclose(places, [places[0]] * 4, atol=1e-4)
    with pytest.raises(ValueError, match='no .*smpl_param.json'):
        (root / 'annotations' / 'Human36M_subject9_smpl_param.json').unlink()
        convert(root, joint_set='coco19')


def test_the_motion_with_wrong_joints_is_left_out(root):
    folder = Motion(subject=11).write_json(root)
    path = folder / 'Human36M_subject11_data.json'
    path.write_text(path.read_text().replace('act_14_subact_01',
                                             'act_02_subact_02'))
    report, _ = convert(root)
    skipped = report['splits']['test']['skipped']
    assert skipped['motion whose joints are not its own']['count'] == 44


@pytest.mark.robustness
def test_bad_json_names_file_and_record(root):
    folder = Motion().write_json(root)
    path = folder / 'Human36M_subject9_joint_3d.json'
    joints = json.loads(path.read_text())
    joints['14']['1']['3'][5][0] = float('nan')
    path.write_text(json.dumps(joints))
    name = 'annotations/Human36M_subject9_data.json'
    with pytest.raises(
            ValueError,
            match=f'^{name}, sequence s_09_act_14_subact_01_ca_01, frame 3: '
            'joints is not finite$'):
        convert(root)
    report, file = convert(root, skip_bad=True)
    assert len(file.arrays['frame_index']) == 4 * (FRAMES - 1)
    assert len(report['splits']['test']['bad']) == 4
    del joints['14']['1']['5']
    path.write_text(json.dumps(joints))
    with pytest.raises(ValueError, match="ca_01: there is no entry '5'"):
        convert(root)
    path.write_text(path.read_text()[:-9])
    with pytest.raises(ValueError, match='joint_3d.json is no complete JSON'):
        convert(root)
    data = folder / 'Human36M_subject9_data.json'
    data.write_text(json.dumps(dict(images=[{}], annotations=[])))
    path.write_text('{}')
    with pytest.raises(ValueError, match=r"images\[0\] lacks \['id'"):
        convert(root)


@pytest.mark.robustness
def test_bad_originals_name_file_and_record(root):
    motion = Motion()
    motion.write_cdf(root, flat=np.zeros((FRAMES - 1, 32, 2)))
    with pytest.raises(
            ValueError, match='camera 54138969: Pose of .* should be'):
        convert(root)
    assert len(convert(root, skip_bad=True)[1].track_starts) == 1 + 3
    path = next(root.glob('S9/*/D3*/*.cdf'))
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(ValueError, match='no complete CDF file'):
        convert(root)
    path.write_bytes(content)
    xml = root / 'metadata.xml'
    xml.write_text(xml.read_text().replace(' 99 ', ' ', 1))
    with pytest.raises(ValueError, match='should hold 300 numbers'):
        convert(root)
    xml.write_text('<metadata/>')
    with pytest.raises(ValueError, match='not that of Human3.6M'):
        convert(root)


@pytest.mark.robustness
def test_bad_mmpose_files_name_file_and_record(root):
    motion, points = Motion(), np.zeros((4, FRAMES, 17, 2))
    motion.write_mmpose(root, points)
    path = root / 'h36m_coco.json'
    good = json.loads(path.read_text())
    for change, words in ((dict(
            keypoints_3d=[float('nan')] *
            68), 'clip S9/WalkDog_1/54138969, frame 0: joints is not finite'),
                          (dict(keypoints_3d=[0.] * 60), 'keypoints_3d'),
                          (dict(keypoints=[0.] * 7), 'keypoints'),
                          (dict(image_id=-1), 'belongs to no image')):
        first = {**good['annotations'][0], **change}
        path.write_text(
            json.dumps(
                dict(good, annotations=[first, *good['annotations'][1:]])))
        with pytest.raises(ValueError, match=f'^h36m_coco.json.*{words}'):
            convert(root)
    path.write_text(json.dumps(good)[:-9])
    with pytest.raises(ValueError, match='no complete JSON'):
        convert(root)
    path.write_text(json.dumps(good))
    (root / 'cameras.pkl').write_bytes(
        pickle.dumps({('S9', '54138969'): dict(R=np.eye(3))}))
    with pytest.raises(ValueError, match="54138969.* lacks .'T'"):
        convert(root)
    (root / 'cameras.pkl').write_bytes(pickle.dumps(dict(S9=_Runs(root))))
    with pytest.raises(ValueError, match='mkdir, which is not on the list'):
        convert(root)
    assert not (root / 'made').exists()


class _Runs:

    def __init__(self, root):
        self.path = str(root / 'made')

    def __reduce__(self):
        return os.mkdir, (self.path, )


@pytest.mark.robustness
def test_pictures_are_looked_for(root):
    from PIL import Image
    Motion().write_json(root, every=10)
    for line in json.loads(
        (root / 'annotations' /
         'Human36M_subject9_data.json').read_text())['images']:
        path = root / 'images' / line['file_name']
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('L', (line['width'], line['height'])).save(path)
    _, file = convert(root, images=str(root))
    assert len(file.arrays['image']) == 8
    path.unlink()
    with pytest.raises(ValueError, match='ca_04, frame 10: its picture'):
        convert(root, images=str(root), fps=5)


@pytest.mark.robustness
@pytest.mark.parametrize('layout', ['cdf', 'mmpose'])
def test_pictures_of_mmpose_s_extraction_are_looked_for(root, layout):
    from PIL import Image
    root.mkdir()
    motion, points = Motion(), np.zeros((4, FRAMES, 17, 2))
    write = getattr(motion, f'write_{layout}')
    write(*(root, ) if layout == 'cdf' else (root, points))
    _, file = convert(root)
    for name, size in zip(file.arrays['image'], file.arrays['image_size']):
        path = root / name.decode()
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('1', tuple(size.tolist())).save(path)
    assert len(convert(root, images=str(root))[1].arrays['image']) == 44
    path.unlink()
    with pytest.raises(ValueError, match=f'frame {FRAMES - 1}: its picture'):
        convert(root, images=str(root), fps=50)


def test_other_folders_and_options_are_refused(root):
    root.mkdir()
    with pytest.raises(ValueError, match='no files'):
        convert(root)
    Motion().write_cdf(root)
    with pytest.raises(ValueError, match='no SMPL fits'):
        convert(root, joint_set='coco19')
    with pytest.raises(ValueError, match='at most 50, but is 60'):
        convert(root, fps=60)
    with pytest.raises(ValueError, match='smpl=False'):
        convert(root, joint_set='coco19', smpl=False)


def test_real_pieces_of_mmpose(shared, tmp_path):
    root = shared / 'samples' / 'mmpose_tests' / 'h36m'
    convert_dataset(dict(type='h36m', images=str(root)), str(root), tmp_path)
    file = AnnotationFile(tmp_path / 'train.mmarts')
    arrays = file.arrays
    assert [file.track_name(i)[0] for i in range(4)] == [
        f'S1/Directions_1/{CAMERAS[0]}', f'S5/SittingDown/{CAMERAS[0]}',
        f'S7/Greeting/{CAMERAS[1]}', f'S8/WalkDog_1/{CAMERAS[1]}'
    ]
    assert arrays['frame_index'].tolist() == [0, 2060, 395, 25]
    # Their pixels are our joints through our lens.
    from mmarts.datasets.converters.body3d.camera_rows import Camera
    for i in range(4):
        K = arrays['K'][i]
        camera = Camera(
            np.eye(3), np.zeros(3), K[[0, 1], [0, 1]], K[:2, 2], (0, 0),
            arrays['distortion'][i])
        np.testing.assert_allclose(
            camera.project(arrays['joints3d'][i]),
            arrays['keypoints2d'][i],
            atol=0.2)
    with np.load(root / 'test_h36m_body3d.npz') as theirs:
        np.testing.assert_allclose(
            arrays['joints3d'], theirs['S'][..., :3], atol=1e-4)
