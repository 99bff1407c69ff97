# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Short annotation files: one person who moves, or two of noise."""
import numpy as np
import roma
import torch

from mmarts.structures import BodyParams


def toy_annotations(body,
                    num_frames: int = 20,
                    joint_set: str = 'coco19') -> dict:
    """One person of a body, as mesh_dataset.py reads it."""
    rng = torch.Generator().manual_seed(0)
    rotvec = 0.3 * torch.randn(num_frames, 24, 3, generator=rng)
    turns = roma.rotvec_to_rotmat(rotvec)
    params = BodyParams(turns[:, :1], turns[:, 1:],
                        torch.zeros(num_frames, 10),
                        torch.tensor([[0, 0, 6.]]).expand(num_frames, 3))
    joints = body.joints(params, joint_set)
    K = torch.tensor([[1000., 0, 500], [0, 1000, 500], [0, 0, 1]])
    pixels = joints @ K.T
    return dict(
        sequence=np.array(['a'] * num_frames),
        person=np.array(['0'] * num_frames),
        frame_index=np.arange(num_frames),
        fps=30.,
        image_size=np.full((num_frames, 2), 1000),
        K=K.expand(num_frames, 3, 3).numpy(),
        joint_set=joint_set,
        body_model_id=body.body_model_id,
        keypoints2d=(pixels[..., :2] / pixels[..., 2:]).numpy(),
        keypoints2d_score=np.ones(joints.shape[:2]),
        joints3d=joints.numpy(),
        global_orient=rotvec[:, :1].numpy(),
        body_pose=rotvec[:, 1:].numpy(),
        betas=params.betas.numpy(),
        transl=params.transl.numpy(),
        feat=torch.randn(num_frames, 2048, generator=rng).numpy())


def random_rows(count=12, shuffled=True):
    """Rows of two persons in sequence "straße", in any order."""
    rng = np.random.default_rng(0)
    arrays = dict(
        sequence=np.array(['straße'] * 2 * count),
        person=np.repeat(['0', 'b'], count),
        frame_index=np.tile(np.arange(count), 2),
        image_size=np.full((2 * count, 2), (640, 480)),
        K=rng.normal(size=(2 * count, 3, 3)).astype('f4'),
        keypoints2d=rng.normal(size=(2 * count, 19, 2)).astype('f4'),
        keypoints2d_score=np.ones((2 * count, 19), 'f4'),
        joints3d=rng.normal(size=(2 * count, 19, 3)).astype('f4'),
        joints3d_valid=rng.random((2 * count, 19)) > 0.5)
    if shuffled:
        order = rng.permutation(2 * count)
        arrays = {k: v[order] for k, v in arrays.items()}
    return dict(arrays, fps=25., joint_set='coco19', body_model_id='')
