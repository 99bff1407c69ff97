# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of what a dataset gives: 2D seen and exact, box, body, side."""
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

import cv2
import numpy as np
import torch

from mmarts.body_models import BodyModel
from mmarts.geometry.boxes import window_box
from mmarts.geometry.camera import project
from mmarts.structures import BodyParams, MeshDataSample
from .overlay import blend, draw_skeleton, put_label, side_view
from .renderer import create_renderer

BACKGROUND, PICTURE = 25, 50  # grey, outside of the picture and in it
EXACT, BOX, ERROR = (90, 230, 90), (235, 215, 60), (200, 200, 200)  # RGB
_PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')
_CONTEXT = 1.15  # of the box, shown around the person
_BITS = 4  # of a pixel, for OpenCV


@dataclass
class _View:
    """Picture to panel: ``panel = scale * picture + offset``, pixels."""

    scale: float
    offset: np.ndarray

    def points(self, points: np.ndarray) -> np.ndarray:
        return self.scale * points + self.offset

    def camera(self, K: np.ndarray) -> np.ndarray:
        moved = K * np.array([[self.scale], [self.scale], [1]])
        moved[:2, 2] += self.offset
        return moved


class SampleDrawer:
    """Draw one frame of a sample, as four square panels in a row.

    1. The whole picture: its frame, the box, the 2D skeleton as the network
       gets it.
    2. The box: that skeleton, the projection of ``joints3d`` as green dots,
       and a line from each to what was seen; a dot without a line was
       missed.
    3. The body and ``joints3d`` through the sample's camera.
    4. The same from the right of the picture.

    What a sample lacks is left out. The first two panels show the sample's
    crop or, with a folder of pictures, its own; its frame alone where it has
    neither, or the picture cannot be read.

    Args:
        body: Of the samples' parameters; no meshes without one.
        panel_size: Side of a panel, pixels.
        renderer: ``auto``, ``egl`` or ``software``.
        images: Folder that the samples' ``image`` is relative to.
    """

    def __init__(self,
                 body: Optional[BodyModel] = None,
                 panel_size: int = 256,
                 renderer: str = 'auto',
                 images: Union[str, Path] = '') -> None:
        self.body, self.size, self.images = body, panel_size, images
        self._renderer = body and create_renderer(
            body.faces.numpy(), (panel_size, panel_size), renderer)

    def draw(self,
             inputs: dict,
             sample: MeshDataSample,
             frame: Optional[int] = None) -> np.ndarray:
        """Draw one sample of a dataset.

        Args:
            inputs: Of the sample, tensors.
            sample: Its ``data_samples``.
            frame: Position in the window; the middle when None.

        Returns:
            ``(panel_size, 4 * panel_size, 3)`` RGB uint8.

        Raises:
            ValueError: If the sample is of another body.
        """
        frame = len(sample.frame_index) // 2 if frame is None else frame
        seen = inputs['keypoints2d'][frame].numpy()
        score = inputs['keypoints2d_score'][frame].numpy()
        K = np.asarray(sample.K, np.float64)
        corners = _box(inputs, sample)
        joints = _target(sample, 'joints3d', frame)
        mesh = self._mesh(sample, frame)
        whole, close = self._views(sample.image_size, corners)
        picture = self._picture(inputs, sample, frame)
        panels = [
            self._whole(whole, sample, corners, seen, score, picture),
            self._close(close, sample, seen, score, joints, K, picture),
            self._body(close.camera(K), sample.joint_set, mesh, joints)
        ]
        mesh, joints = _from_the_side(mesh, joints)
        panels.append(
            self._body(close.camera(K), sample.joint_set, mesh, joints))
        labels = (f'{sample.sequence} {sample.frame_index[frame]}',
                  'seen, exact', 'body', 'side')
        for panel, label in zip(panels, labels):
            put_label(panel, label)
            panel[:, -1] = 0
        return np.concatenate(panels, axis=1)

    def _views(self, image_size, corners) -> tuple[_View, _View]:
        """All of the picture, and the surroundings of the box."""
        middle = np.full(2, self.size / 2)
        image_size = np.asarray(image_size, float)
        scale = 0.94 * self.size / image_size.max()
        whole = _View(scale, middle - scale * image_size / 2)
        side = max(np.ptp(corners, 0).max(), 1) * _CONTEXT
        scale = self.size / side
        return whole, _View(scale, middle - scale * corners.mean(0))

    def _picture(self, inputs, sample, frame) -> Optional[tuple]:
        """``(H, W, 3)`` RGB, and ``(2, 3)`` from it to the whole picture.

        None where there is none.
        """
        crop = inputs.get('image')
        if crop is not None and crop.dtype == torch.uint8:
            return (crop[frame].movedim(0, -1).numpy(),
                    cv2.invertAffineTransform(
                        np.float64(sample.crop_affine[frame])))
        names = sample.get('image')
        if not self.images or not names or not names[frame]:
            return None
        picture = cv2.imread(str(Path(self.images) / names[frame]))
        return None if picture is None else (picture[..., ::-1], np.eye(2, 3))

    def _whole(self, view, sample, corners, seen, score,
               picture) -> np.ndarray:
        panel = self._panel(view, sample.image_size, picture)
        cv2.rectangle(panel, *_fixed(view.points(corners)), BOX, 1,
                      cv2.LINE_AA, _BITS)
        draw_skeleton(
            panel,
            view.points(seen),
            score,
            joint_set=sample.joint_set,
            thickness=1)
        return panel

    def _close(self, view, sample, seen, score, joints, K,
               picture) -> np.ndarray:
        panel = self._panel(view, sample.image_size, picture)
        draw_skeleton(
            panel, view.points(seen), score, joint_set=sample.joint_set)
        if joints is None:
            return panel
        exact = _fixed(view.points(_project(joints, K)))
        for was, real, given in zip(
                _fixed(view.points(seen)), exact, score > 0):
            if given:
                cv2.line(panel, was, real, ERROR, 1, cv2.LINE_AA, _BITS)
            cv2.circle(panel, real, 2 << _BITS, EXACT, -1, cv2.LINE_AA, _BITS)
        return panel

    def _body(self, K, joint_set, mesh, joints) -> np.ndarray:
        panel = np.full((self.size, self.size, 3), BACKGROUND, np.uint8)
        if mesh is not None:
            blend(panel, *self._renderer.render_crop(mesh, K))
        if joints is not None:
            draw_skeleton(
                panel, _project(joints, K), joint_set=joint_set, thickness=1)
        return panel

    def _panel(self, view, image_size, picture) -> np.ndarray:
        """The part of the picture that the view shows, and its frame."""
        panel = np.full((self.size, self.size, 3), BACKGROUND, np.uint8)
        corners = np.array([(0, 0), image_size], float)
        cv2.rectangle(panel, *_fixed(view.points(corners)), (PICTURE, ) * 3,
                      -1, cv2.LINE_8, _BITS)
        if picture is None:
            return panel
        picture, affine = picture
        affine = view.scale * affine
        # OpenCV counts from pixel centres, everything else here from edges.
        affine[:, 2] += view.offset + 0.5 * affine[:, :2].sum(1) - 0.5
        shrinks = affine[0, 0] < 1
        cv2.warpAffine(
            np.ascontiguousarray(picture),
            affine,
            panel.shape[1::-1],
            dst=panel,
            flags=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT)
        return panel

    @torch.no_grad()
    def _mesh(self, sample, frame) -> Optional[np.ndarray]:
        """Vertices ``(V, 3)``: of the body's parameters, or as they are."""
        if self.body is None:
            return None
        ours, theirs = self.body.body_model_id, sample.body_model_id
        if theirs not in (None, ours):
            raise ValueError(f'The samples are of body "{theirs}", but the '
                             f'config names "{ours}".')
        values = [_target(sample, name, frame) for name in _PARAMS]
        if any(value is None for value in values):
            return _target(sample, 'vertices', frame)
        like = self.body.v_template
        params = BodyParams(*(torch.as_tensor(v).to(like) for v in values))
        return self.body.vertices(params).numpy()

    def close(self) -> None:
        """Release the renderer."""
        if self._renderer is not None:
            self._renderer.close()


def _target(sample, name: str, frame: int) -> Optional[np.ndarray]:
    """A target of one frame; None where it is absent or not valid.

    Single joints that are not valid are NaN.
    """
    value, valid = sample.get(name), sample.get(f'{name}_valid')
    if value is None or not valid[frame].any():
        return None
    value = value[frame].numpy().copy()
    if valid[frame].ndim:
        value[~valid[frame].numpy()] = np.nan
    return value


def _box(inputs: dict, sample) -> np.ndarray:
    """Corners ``(2, 2)`` of the sample's box, or of one around what is seen.
    """
    if sample.box is not None:
        return np.asarray(sample.box, float).reshape(2, 2)
    centre, side = window_box(inputs['keypoints2d'],
                              inputs['keypoints2d_score'] > 0)
    return np.stack([centre - side / 2, centre + side / 2]).astype(float)


def _from_the_side(mesh: Optional[np.ndarray],
                   joints: Optional[np.ndarray]) -> tuple:
    """Both turned about one vertical: through the mesh, or the joints."""
    if joints is None:
        return None if mesh is None else side_view(mesh), None
    # Joints that are not known must not count as the middle.
    known = np.isfinite(joints).all(-1)
    points = [joints[known]] if mesh is None else [mesh, joints[known]]
    turned = side_view(np.concatenate(points))
    turned_joints = np.full_like(joints, np.nan)
    turned_joints[known] = turned[len(turned) - known.sum():]
    return (None if mesh is None else turned[:len(mesh)]), turned_joints


def _project(points: np.ndarray, K: np.ndarray) -> np.ndarray:
    return project(
        torch.as_tensor(points, dtype=torch.float64),
        torch.as_tensor(K)).numpy()


def _fixed(points: np.ndarray) -> list[tuple[int, int]]:
    """Points in OpenCV's fixed point; its 0 is the first pixel's centre."""
    fixed = np.nan_to_num((points - 0.5) * (1 << _BITS), nan=-1e6)
    return [
        tuple(p) for p in fixed.clip(-1e6, 1e6).round().astype(int).tolist()
    ]
