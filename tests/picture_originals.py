# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""All that networks of pictures learn from, as its owners give it: tiny.

One function a dataset writes its files and pictures to a folder.
"""
import os
import pickle

import cv2
import numpy as np
from dataset_files import pw3d_sequence, write_pw3d
from human36m_files import Motion
from mpi_files import Sequence
from people_files import example, tfrecord, write_json, write_picture
from scipy.io import savemat
from scipy.spatial.transform import Rotation

# Of the pictures of people, pixels; a box that all joints are in.
SIZE, BOX = (96, 80), (8, 8, 72, 64)
FRAMES, PEOPLE = 24, 3
COCO = [f'COCO_train2014_{i:012d}.jpg' for i in range(PEOPLE)]
MPII = [f'{i:09d}.jpg' for i in range(PEOPLE)]


def points(joints, *leading, seed=0):
    """Pixels ``(*leading, joints, 2)`` within the box."""
    low, high = np.array(BOX[:2]) + 4, np.sum([BOX[:2], BOX[2:]], 0) - 4
    draw = np.random.default_rng(seed)
    return draw.uniform(low, high, (*leading, joints, 2))


def flagged(joints, flag, **kwargs):
    """One person as JSON lists it: x, y and a flag for each joint."""
    flat = points(joints, **kwargs).round(1)
    return np.insert(flat, 2, flag, -1).ravel().tolist()


def rotvecs(seed=0):
    """A person who stands before the camera: 72 numbers."""
    pose = np.random.default_rng(seed).normal(0, .1, 72)
    pose[:3] = np.pi, 0, 0
    return pose


def smpl_param(seed=0):
    """A fit as NeuralAnnot and 3DMPPE write it."""
    return dict(pose=rotvecs(seed).tolist(), shape=[.1] * 10, trans=[0., 0, 4])


def write_eft(path, names, numbers):
    """EFT's fits of the people of some pictures."""
    middle = np.array(BOX[:2]) + np.array(BOX[2:]) / 2
    fits = [
        dict(
            parm_pose=Rotation.from_rotvec(rotvecs(i).reshape(
                24, 3)).as_matrix().tolist(),
            parm_shape=[.1] * 10,
            parm_cam=[.9, 0., 0.],
            bbox_scale=.4,
            bbox_center=middle.tolist(),
            imageName=name,
            annotId=[number])
        for i, (name, number) in enumerate(zip(names, numbers))
    ]
    write_json(path, dict(ver=.1, data=fits))


def write_fits(folder):
    """Fits of COCO, by annotation, and of MPII, by picture."""
    numbers = [*range(70, 70 + PEOPLE), *[0] * PEOPLE]
    write_eft(folder / 'FITS.json', COCO + MPII, numbers)


def links(first, paths):
    """The same picture under many names."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path != first:
            os.link(first, path)


def write_3dpw(root):
    for i, split in enumerate(('train', 'validation', 'test')):
        content = pw3d_sequence(f'place_toy_{i:02d}', FRAMES, seed=i)
        # A tenth of the resolution, to be fast.
        content['cam_intrinsics'][:2] /= 10
        for found in content['poses2d']:
            found[:, :2] /= 10
        write_pw3d(root, split, content)
        folder = root / 'imageFiles' / content['sequence']
        names = [folder / f'image_{f:05d}.jpg' for f in range(FRAMES)]
        write_picture(names[0], 108, 192)
        links(names[0], names)


def write_h36m(root):
    for subject in (1, 9):
        motion = Motion(subject, frames=2 * FRAMES)
        fits = {str(f): smpl_param(f) for f in range(motion.frames)}
        motion.write_json(root, fits)
        for camera in range(4):
            clip = f's_{subject:02d}_act_14_subact_01_ca_{camera + 1:02d}'
            names = [
                root / 'images' / clip / f'{clip}_{f + 1:06d}.jpg'
                for f in range(motion.frames)
            ]
            write_picture(names[0], 1000, 1002 if camera in (0, 3) else 1000)
            links(names[0], names)


def write_mpi(root):
    Sequence(frames=FRAMES).write_train(root)
    test = Sequence(17, 1, frames=FRAMES)
    test.write_test(root)
    folder = root / 'S2/Seq1/imageFrames'
    names = [
        folder / f'video_{c}/{f:06d}.jpg' for c in range(14)
        for f in range(FRAMES)
    ] + [
        root / f'TS1/imageSequence/img_{f + 1:06d}.jpg' for f in range(FRAMES)
    ]
    write_picture(names[0], 2048, 2048)
    links(names[0], names)


def write_coco(root):
    images, people = [], []
    for i, name in enumerate(COCO):
        write_picture(root / 'train2014' / name, *SIZE)
        images.append(
            dict(id=i, file_name=name, width=SIZE[0], height=SIZE[1]))
        people.append(
            dict(
                id=70 + i,
                image_id=i,
                category_id=1,
                iscrowd=0,
                num_keypoints=17,
                bbox=list(BOX),
                keypoints=flagged(17, 2, seed=i)))
    write_json(
        root / 'annotations/person_keypoints_train2014.json',
        dict(
            images=images,
            annotations=people,
            categories=[dict(id=1, name='person')]))
    write_fits(root.parent)


def write_mpii(root):
    middle = np.array(BOX[:2]) + np.array(BOX[2:]) / 2
    people = []
    for i, name in enumerate(MPII):
        write_picture(root / 'images' / name, *SIZE)
        people.append(
            dict(
                image=name,
                center=middle.tolist(),
                scale=BOX[3] / 200,
                joints=points(16, seed=i).tolist(),
                joints_vis=[1] * 16))
    write_json(root / 'train.json', people)
    write_fits(root.parent)


def write_lsp(root, digits=4):
    """``joints.mat`` of LSP; of its extension with five digits."""
    array = np.insert(points(14, 2 * PEOPLE), 2, digits == 5, -1)
    array = array.transpose((2, 1, 0) if digits == 4 else (1, 2, 0))
    root.mkdir(parents=True)
    savemat(root / 'joints.mat', dict(joints=array))
    names = [f'im{i + 1:0{digits}}.jpg' for i in range(2 * PEOPLE)]
    for name in names:
        write_picture(root / 'images' / name, *SIZE)
    if digits == 5:
        write_eft(root.parent / 'LSPet_ver01.json', names, [0] * len(names))


def write_lspet(root):
    write_lsp(root, 5)


def write_aic(root):
    folder = root / 'ai_challenger_keypoint_train_20170902'
    people = []
    for i in range(PEOPLE):
        write_picture(folder / f'keypoint_train_images_20170902/a{i}.jpg',
                      *SIZE)
        x, y, width, height = BOX
        people.append(
            dict(
                image_id=f'a{i}',
                human_annotations=dict(human1=[x, y, x + width, y + height]),
                keypoint_annotations=dict(human1=flagged(14, 1, seed=i))))
    write_json(folder / 'keypoint_train_annotations_20170909.json', people)


def write_muco(root):
    f, c = (1500., 1500.), (SIZE[0] / 2, SIZE[1] / 2)
    draw = np.random.default_rng(0)
    images, people = [], []
    for i in range(PEOPLE):
        name = f'augmented_set/1/{i}.jpg'
        write_picture(root / name, *SIZE)
        images.append(
            dict(
                id=i, file_name=name, width=SIZE[0], height=SIZE[1], f=f, c=c))
        joints = draw.normal(0, 50, (21, 3)) + (0, 0, 4000)
        pixels = joints[:, :2] / joints[:, 2:] * f + c
        people.append(
            dict(
                id=i,
                image_id=i,
                bbox=list(BOX),
                keypoints_img=pixels.tolist(),
                keypoints_cam=joints.tolist(),
                keypoints_vis=[True] * 21))
    write_json(root / 'MuCo-3DHP.json',
               dict(images=images, annotations=people))
    write_json(root.parent / 'smpl_param.json',
               {str(i): smpl_param(i)
                for i in range(PEOPLE)})


def write_up3d(root):
    for i in range(PEOPLE):
        stem = str(root / f'{i:05d}')
        write_picture(root / f'{i:05d}_image.png', *SIZE)
        np.save(f'{stem}_joints.npy', np.insert(points(14), 2, .8, -1).T)
        with open(f'{stem}_body.pkl', 'wb') as file:
            pickle.dump(
                dict(
                    pose=rotvecs(i),
                    betas=np.full(10, .1),
                    trans=np.zeros(3),
                    t=np.array([0, 0, 50.]),
                    rt=np.zeros(3),
                    f=5000.),
                file,
                protocol=2)
        x, y, width, height = BOX
        for kind, text in (('fit_crop_info', f'100 80 {y} {y + height} {x} '
                            f'{x + width}'), ('quality_info', 'high\n'),
                           ('dataset_info', 'lsp 17')):
            (root / f'{i:05d}_{kind}.txt').write_text(text)
    (root / 'train.txt').write_text(''.join(f'/{i:05d}_image.png\n'
                                            for i in range(PEOPLE)))


def write_posetrack18(root):
    name = '000002_mpii_train'
    paths = [f'images/train/{name}/{f:06d}.jpg' for f in range(FRAMES)]
    write_picture(root / paths[0], *SIZE)
    links(root / paths[0], [root / path for path in paths])
    write_json(
        root / f'annotations/train/{name}.json',
        dict(
            images=[
                dict(
                    id=f,
                    frame_id=f,
                    vid_id='000002',
                    file_name=path,
                    width=SIZE[0],
                    height=SIZE[1],
                    is_labeled=True) for f, path in enumerate(paths)
            ],
            annotations=[
                dict(
                    id=f,
                    image_id=f,
                    track_id=0,
                    category_id=1,
                    bbox=list(BOX),
                    keypoints=flagged(17, 1, seed=f),
                    scores=[]) for f in range(FRAMES)
            ],
            categories=[]))


def write_penn(root):
    (root / 'labels').mkdir(parents=True)
    found = points(13, FRAMES)
    x, y, width, height = BOX
    savemat(
        root / 'labels/0001.mat',
        dict(
            action='bowl',
            pose='right',
            x=found[..., 0],
            y=found[..., 1],
            visibility=np.ones((FRAMES, 13)),
            train=1,
            bbox=np.tile([x, y, x + width, y + height], (FRAMES, 1)),
            dimensions=np.array([SIZE[1], SIZE[0], FRAMES]),
            nframes=FRAMES))
    names = [root / f'frames/0001/{f + 1:06d}.jpg' for f in range(FRAMES)]
    write_picture(names[0], *SIZE)
    links(names[0], names)


def write_insta(root):
    grey = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    picture = cv2.imencode('.jpg', grey)[1].tobytes()
    seen = np.full((FRAMES, 1, 25), .9)
    found = np.concatenate([points(25, FRAMES).transpose(0, 2, 1), seen], 1)
    record = {
        'meta/N': np.array([FRAMES]),
        'image/filenames': [b'0.jpg'] * FRAMES,
        'image/heightwidths': np.array([SIZE[1], SIZE[0]] * FRAMES),
        'image/centers': np.zeros(2 * FRAMES, int),
        'image/xys': found[:, :2, :14].astype('f4').ravel(),
        'image/visibilities': np.ones(14 * FRAMES, int),
        'image/face_pts': found[:, :, 14:19].astype('f4').ravel(),
        'image/toe_pts': found[:, :, 19:].astype('f4').ravel(),
        'image/encoded': [picture] * FRAMES
    }
    (root / 'train').mkdir(parents=True)
    (root / 'train/a_00.tfrecord').write_bytes(tfrecord(example(record)))


# Folder of the originals in docs/data.md -> who writes it.
WRITERS = {
    '3DPW': write_3dpw,
    'Human36M': write_h36m,
    'MPI': write_mpi,
    'coco': write_coco,
    'mpii': write_mpii,
    'lsp': write_lsp,
    'lspet': write_lspet,
    'aic': write_aic,
    'MuCo': write_muco,
    'up-3d': write_up3d,
    'posetrack18': write_posetrack18,
    'Penn_Action': write_penn,
    'insta_variety': write_insta,
}
