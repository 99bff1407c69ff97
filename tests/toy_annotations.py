# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A short annotation file: one person who moves at random."""
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
