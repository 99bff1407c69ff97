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


def pw3d_json(content, roots=None):
    """The same as Pose2Mesh's script writes it; ``roots`` are (P, F, 3)."""
    images, notes = [], []
    K, cameras = content['cam_intrinsics'], content['cam_poses']
    for frame, camera in enumerate(cameras):
        R, t = camera[:3, :3], camera[:3, 3]
        images.append(
            dict(
                id=frame,
                file_name=f'image_{frame:05d}.jpg',
                sequence=content['sequence'],
                frame_idx=frame,
                width=1080,
                height=1920,
                cam_param=dict(
                    focal=[K[0, 0], K[1, 1]],
                    princpt=[K[0, 2], K[1, 2]],
                    R=R.tolist(),
                    t=t.tolist())))
        for person, poses in enumerate(content['poses']):
            pose = poses[frame].copy()
            pose[:3] = (Rotation.from_matrix(R) *
                        Rotation.from_rotvec(pose[:3])).as_rotvec()
            note = dict(
                id=len(notes) + 1000,
                image_id=frame,
                person_id=person,
                openpose_result=content['poses2d'][person][frame].T.tolist(),
                smpl_param=dict(
                    pose=pose.tolist(),
                    shape=content['betas'][person].tolist(),
                    trans=[9., 9., 9.],
                    gender=['male', 'female'][person]),
                bbox=[0., 0., 9., 9.])
            if roots is not None:
                note['joint_cam'] = [roots[person][frame].tolist()]
            notes.append(note)
    return dict(images=images, annotations=notes)
