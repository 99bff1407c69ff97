# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Run the shipped detector on rendered tracks and keep what it said."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from mmarts.apis.pose2d import BlazePose2D
from mmarts.body_models.kinematics import forward_kinematics
from mmarts.datasets import FreeMotion
from mmarts.datasets.motion.camera_sampler import REFERENCE_HEIGHT
from mmarts.datasets.noise.self_occlusion import hidden_joints
from mmarts.datasets.rendering.lens import Lens
from mmarts.datasets.rendering.room import room
from mmarts.datasets.rendering.wardrobe import Wardrobe
from mmarts.structures import BodyParams, MeshDataSample
from mmarts.utils.files import whole_file
from mmarts.visualization.overlay import blend, draw_skeleton
from mmarts.visualization.renderer import create_renderer

# The detector's network looks at 256 pixels; larger pictures cost time only.
LONG_SIDE = 720


@dataclass
class Measurement:
    """Tracks ``N`` of ``T`` frames, 19 joints (COCO-19).

    Args:
        exact: ``(N, T, 19, 2)`` pixels.
        found: ``(N, T, 19, 2)`` pixels; NaN where nobody was found.
        score: ``(N, T, 19)``; 0 where nobody was found.
        height: ``(N, T)`` pixels of a standing person of 1.7 m there.
        hidden: ``(N, T, 19)`` by :func:`hidden_joints`.
        inside: ``(N, T, 19)`` whether the picture shows the place.
        joints: ``(N, T, 19, 3)`` metres, camera frame.
        turns: ``(N, T, 24, 3, 3)`` rotations of SMPL's joints, camera frame.
        focal: ``(N)`` pixels.
        facing: ``(N, T)`` cosine between the trunk's front and the camera.
    """

    exact: np.ndarray
    found: np.ndarray
    score: np.ndarray
    height: np.ndarray
    hidden: np.ndarray
    inside: np.ndarray
    joints: np.ndarray
    turns: np.ndarray
    focal: np.ndarray
    facing: np.ndarray

    def save(self, path: Path) -> None:
        """Write an npz."""
        with whole_file(path) as temporary:
            with open(temporary, 'wb') as file:
                np.savez_compressed(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> 'Measurement':
        """Read what :meth:`save` wrote."""
        with np.load(path) as file:
            return cls(**file)


def measure(dataset: FreeMotion, num_tracks: int, seed: int,
            sheet: list) -> Measurement:
    """Render tracks of a dataset without noise and detect people in them.

    Args:
        dataset: Its samples are the tracks.
        num_tracks: The first so many samples.
        seed: Decides clothes, rooms and lenses.
        sheet: Takes one drawn frame ``(h, w, 3)`` of every track.
    """
    wardrobe = Wardrobe(dataset.body.weights.numpy(),
                        dataset.body.v_template.numpy())
    pose = BlazePose2D(num_threads=1)
    parts = [
        _track(dataset, index, np.random.default_rng((seed, index)), wardrobe,
               pose, sheet) for index in track(range(num_tracks), 'tracks')
    ]
    return Measurement(
        **{key: np.stack([part[key] for part in parts])
           for key in parts[0]})


def exact_parts(dataset: FreeMotion,
                truth: MeshDataSample,
                scale: float = 1.0) -> dict:
    """All of one track but what the detector said.

    Args:
        dataset: Where the track is from.
        truth: Its data sample.
        scale: Of the pictures over those of the dataset.
    """
    params = _params(truth)
    rotmats = torch.cat([params.global_orient, params.body_pose], -3)
    turns, _ = forward_kinematics(rotmats,
                                  dataset.body.rest_joints(params.betas),
                                  dataset.body.parents)
    exact = truth.keypoints2d.numpy() * scale
    focal = truth.K[0, 0] * scale
    depth = params.transl[:, 2].clamp(min=0.5).numpy()
    root = truth.joints3d[:, dataset.joint_set.root_index]
    facing = -torch.cosine_similarity(turns[:, 0, :, 2], root, dim=-1)
    return dict(
        exact=exact,
        height=focal * REFERENCE_HEIGHT / depth,
        hidden=hidden_joints(truth.joints3d).numpy(),
        inside=((exact >= 0) &
                (exact < np.multiply(truth.image_size, scale))).all(-1),
        joints=truth.joints3d.numpy(),
        turns=turns.numpy(),
        focal=np.float32(focal),
        facing=facing.numpy())


def _params(truth: MeshDataSample) -> BodyParams:
    return BodyParams(truth.global_orient, truth.body_pose, truth.betas,
                      truth.transl)


def _track(dataset, index, rng, wardrobe, pose, sheet) -> dict:
    truth = dataset[index]['data_samples']
    scale = LONG_SIDE / max(truth.image_size)
    size = tuple(round(s * scale) for s in truth.image_size)
    K = truth.K * [[scale], [scale], [1]]
    with torch.no_grad():
        meshes = dataset.body.vertices(_params(truth)).numpy()
    found, score = _detect(meshes, K, size, rng, wardrobe, pose, dataset,
                           sheet)
    return dict(exact_parts(dataset, truth, scale), found=found, score=score)


def _detect(meshes, K, size, rng, wardrobe, pose, dataset, sheet):
    background, lens = room(rng, size), Lens(rng)
    colours = wardrobe(rng)[None]
    pose.reset(dataset.fps)
    found = np.full((len(meshes), 19, 2), np.nan, np.float32)
    score = np.zeros((len(meshes), 19), np.float32)
    with create_renderer(dataset.body.faces, size) as renderer:
        for number, mesh in enumerate(meshes):
            picture, origin = renderer.render_crop(mesh, K, colours)
            image = background.copy()
            blend(image, picture, origin)
            image = lens(image)
            person = pose(image)
            if person is not None:
                found[number], score[number] = (person.keypoints2d,
                                                person.scores)
            if number == len(meshes) // 2:
                image = image.copy()
                if person is not None:
                    draw_skeleton(image, person.keypoints2d, person.scores)
                sheet.append(_square(image))
    return found, score


def _square(image: np.ndarray) -> np.ndarray:
    """Put a picture into a black square: sheets want one size."""
    square = np.zeros((LONG_SIDE, LONG_SIDE, 3), np.uint8)
    square[:image.shape[0], :image.shape[1]] = image
    return square
