# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Datasets as the tests write them: the original formats, a few frames."""
import numpy as np
from official_files import python2_pickle
from scipy.spatial.transform import Rotation
from toy_body import toy_arrays


def body_folder(root):
    """SMPL's three bodies under their official names, and regressors.

    The neutral body can take every shape of the others.
    """
    arrays = toy_arrays()
    regressors = {
        'J_regressor_coco19.npy': arrays.pop('J_regressor_coco'),
        'J_regressor_h36m.npy': arrays.pop('J_regressor_h36m'),
    }
    (root / 'smpl').mkdir(parents=True)
    rng = np.random.default_rng(5)
    for gender in ('neutral', 'male', 'female'):
        np.savez(root / 'smpl' / f'SMPL_{gender.upper()}.npz',
                 **dict(arrays, name=np.array(f'SMPL_{gender.upper()}')))
        shapes = toy_arrays()['shapedirs']
        arrays['v_template'] = (
            toy_arrays()['v_template'] + shapes @ rng.normal(size=10))
        arrays['shapedirs'] = shapes @ rng.normal(size=(10, 10))
    for name, matrix in regressors.items():
        np.save(root / name, matrix.astype('f4'))
    return root


def pw3d_sequence(name='downtown_toy_00', frames=12, people=2, seed=0):
    """What a pickle of 3DPW holds."""
    rng = np.random.default_rng(seed)
    poses = [
        np.concatenate([[np.pi, 0, 0], np.zeros(69)]) +
        rng.normal(0, .2, (frames, 72)) for _ in range(people)
    ]
    trans = [
        np.array([p, 0, 0]) + rng.normal(0, .1, (frames, 3))
        for p in range(people)
    ]
    cameras = np.tile(np.eye(4), (frames, 1, 1))
    cameras[:, :3, :3] = Rotation.from_rotvec(rng.normal(
        0, .1, (frames, 3))).as_matrix()
    cameras[:, :3, 3] = rng.normal((0, 0, 6), .1, (frames, 3))
    points = rng.uniform(100, 900, (people, frames, 3, 18))
    points[:, :, 2] = rng.uniform(.3, 1, (people, frames, 18))
    return dict(
        sequence=name,
        poses=poses,
        trans=trans,
        betas=[rng.normal(0, 1, 10) for _ in range(people)],
        genders=['m', 'f'][:people],
        cam_poses=cameras,
        cam_intrinsics=np.array([[1969., 0, 540], [0, 1961, 960], [0, 0, 1]]),
        campose_valid=[np.ones(frames, int) for _ in range(people)],
        poses2d=list(points),
        img_frame_ids=np.arange(frames) * 2,
        texture_maps=[])


def write_pw3d(root, split, content, pictures=False):
    """A pickle as Python 2 wrote it, and its pictures."""
    path = root / 'sequenceFiles' / split / f'{content["sequence"]}.pkl'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(python2_pickle(content))
    if pictures:
        from PIL import Image
        folder = root / 'imageFiles' / content['sequence']
        folder.mkdir(parents=True)
        for frame in range(len(content['cam_poses'])):
            Image.new('L',
                      (1080, 1920)).save(folder / f'image_{frame:05d}.jpg')
    return path
