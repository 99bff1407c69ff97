# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pictures of predictions: keypoints, projected joints, mesh, side view."""
from pathlib import Path
from typing import Optional, Union

import numpy as np
import torch
from mmengine.dist import master_only
from mmengine.visualization import Visualizer

from mmarts.geometry.camera import project
from mmarts.registry import VISUALIZERS
from .overlay import (blend, draw_skeleton, put_label, shrink, side_view,
                      write_image)
from .renderer import create_renderer

_BLANK = 40  # grey of a canvas without an image
_PANEL_SIZE = 640  # pixels, longer side of a panel unless told


@VISUALIZERS.register_module()
class MeshVisualizer(Visualizer):
    """Draw one frame of a sample: what came in, what came out.

    Panels from left to right: the 2D keypoints of the sample; the predicted
    joints projected into the image, thin, over them; the mesh through the
    sample's camera; the mesh from the right of the picture. Those whose data
    is missing are left out.

    Args:
        name: Key of the global instance.
        renderer: ``auto``, ``egl`` or ``software``.
        panel_size: Longer side of a panel, pixels.
        kwargs: The others of MMEngine's ``Visualizer``.
    """

    def __init__(self,
                 name: str = 'visualizer',
                 renderer: str = 'auto',
                 panel_size: int = _PANEL_SIZE,
                 **kwargs) -> None:
        super().__init__(name, **kwargs)
        self.renderer, self.panel_size = renderer, panel_size
        self._renderers: dict = {}

    @master_only
    def add_datasample(self,
                       name: str,
                       data_sample,
                       image: Optional[np.ndarray] = None,
                       faces: Optional[np.ndarray] = None,
                       vertices: Optional[np.ndarray] = None,
                       joints3d: Optional[np.ndarray] = None,
                       frame: Optional[int] = None,
                       out_file: Union[str, Path, None] = None,
                       step: int = 0) -> np.ndarray:
        """Draw one frame of a ``MeshDataSample``.

        Args:
            name: Written into the first panel, and the backends' key.
            data_sample: A window of one person. Its meta give ``image_size``
                and ``K``.
            image: ``(H, W, 3)`` RGB uint8 of the frame; grey when None.
            faces: ``(F, 3)`` int, of the mesh.
            vertices: ``(V, 3)`` metres, camera frame, absolute.
            joints3d: ``(K, 3)`` metres, camera frame, absolute, in the
                sample's joint set; the sample's ``pred_joints3d`` when None.
            frame: Position in the prediction; the middle when None.
            out_file: PNG to write, whole or not at all; the folder is made.
            step: For the backends.

        Returns:
            ``(h, w, 3)`` RGB uint8, the panels side by side.
        """
        sample = _SampleFrame(data_sample, frame)
        panels = [self._keypoint_panel(sample, image)]
        put_label(panels[0], name)
        joints3d = sample.joints3d if joints3d is None else joints3d
        if joints3d is not None:
            panels.append(self._joint_panel(sample, image, joints3d))
        if vertices is not None and faces is not None:
            vertices = _numpy(vertices)
            panels.append(self._mesh_panel(sample, image, faces, vertices))
            panels.append(
                self._mesh_panel(sample, None, faces, side_view(vertices)))
        height = min(
            self.panel_size,
            round(self.panel_size * sample.size[1] / max(sample.size)))
        picture = np.concatenate([shrink(p, height) for p in panels], axis=1)
        if out_file is not None:
            write_image(out_file, picture)
        self.add_image(name, picture, step)
        return picture

    def _keypoint_panel(self, sample, image) -> np.ndarray:
        canvas = _canvas(image, sample.size)
        if sample.keypoints2d is not None:
            draw_skeleton(
                canvas,
                sample.keypoints2d,
                sample.seen,
                joint_set=sample.joint_set)
        return canvas

    def _joint_panel(self, sample, image, joints3d) -> np.ndarray:
        canvas = self._keypoint_panel(sample, image) // 2
        pixels = project(
            torch.as_tensor(_numpy(joints3d)).float(),
            torch.as_tensor(sample.K).float()).numpy()
        draw_skeleton(
            canvas,
            pixels,
            joint_set=sample.joint_set,
            thickness=1 + max(sample.size) // 900)
        return canvas

    def _mesh_panel(self, sample, image, faces, vertices) -> np.ndarray:
        canvas = _canvas(image, sample.size)
        key = tuple(sample.size), id(faces)
        if key not in self._renderers:
            self.close_renderers()
            # The faces are kept too: their id is the key.
            self._renderers[key] = faces, create_renderer(
                _numpy(faces), sample.size, self.renderer)
        blend(canvas, *self._renderers[key][1].render_crop(vertices, sample.K))
        return canvas

    def close_renderers(self) -> None:
        """Release the renderer; the next mesh makes a new one."""
        for _, renderer in self._renderers.values():
            renderer.close()
        self._renderers.clear()

    def close(self) -> None:
        """Release the renderer and close the backends."""
        self.close_renderers()
        super().close()


class _SampleFrame:
    """One frame of a sample as arrays; None for what it does not hold."""

    def __init__(self, sample, position: Optional[int]) -> None:
        self.size = tuple(int(n) for n in sample.image_size)
        self.K = np.asarray(_numpy(sample.K), np.float64)
        self.joint_set = sample.joint_set
        frames = _numpy(sample.frame_index)
        predicted = sample.get('pred_frame_index')
        predicted = frames if predicted is None else _numpy(predicted)
        if position is None:
            position = len(predicted) // 2
        # Predictions and targets have time axes of their own.
        index = int(np.flatnonzero(frames == predicted[position])[0])
        self.keypoints2d = _at(sample, 'keypoints2d', index)
        self.seen = _at(sample, 'keypoints2d_valid', index)
        self.joints3d = _at(sample, 'pred_joints3d', position)


def _at(sample, key: str, index: int) -> Optional[np.ndarray]:
    value = sample.get(key)
    return None if value is None else _numpy(value[index])


def _numpy(value) -> np.ndarray:
    if torch.is_tensor(value):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def _canvas(image: Optional[np.ndarray], size: tuple) -> np.ndarray:
    if image is None:
        return np.full((size[1], size[0], 3), _BLANK, np.uint8)
    return np.ascontiguousarray(image).copy()
