# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Drawing on frames: mesh over image, skeleton, contact sheet, side view."""
from pathlib import Path
from typing import Optional, Sequence, Union

import cv2
import numpy as np

from mmarts.structures import get_joint_set
from mmarts.utils.files import whole_file

# RGB; the person's left is red, right is blue, the middle is white.
LEFT, RIGHT, MIDDLE = (255, 55, 55), (40, 130, 255), (240, 240, 240)
_SUBPIXEL_BITS = 4


def blend(image: np.ndarray,
          rgba: np.ndarray,
          origin: tuple[int, int] = (0, 0),
          opacity: float = 1.0) -> None:
    """Lay a picture with transparency over an image, in place.

    Args:
        image: ``(H, W, 3)`` uint8, changed.
        rgba: ``(h, w, 4)`` uint8, colour multiplied by alpha already.
        origin: ``(x, y)`` of its top left corner, inside the image.
        opacity: Factor on colour and alpha, [0, 1].
    """
    if not rgba.size:
        return
    x, y = origin
    under = image[y:y + rgba.shape[0], x:x + rgba.shape[1]]
    if opacity < 1:
        rgba = cv2.convertScaleAbs(rgba, alpha=opacity)
    # OpenCV's saturating 8-bit arithmetic takes a third of the time of
    # floats.
    rest = cv2.bitwise_not(cv2.merge([rgba[..., 3]] * 3))
    dimmed = cv2.multiply(under, rest, scale=1 / 255)
    under[...] = cv2.add(dimmed, np.ascontiguousarray(rgba[..., :3]))


def draw_skeleton(image: np.ndarray,
                  keypoints2d: np.ndarray,
                  scores: Optional[np.ndarray] = None,
                  min_score: float = 0.3,
                  joint_set: str = 'coco19',
                  thickness: Optional[int] = None) -> None:
    """Draw bones and joints on an image, in place; left red, right blue.

    Args:
        image: ``(H, W, 3)`` RGB uint8, changed.
        keypoints2d: ``(K, 2)`` pixels, the image's corner at 0.
        scores: ``(K,)``; joints below ``min_score`` are left out.
        min_score: In [0, 1].
        joint_set: Name of the joint set of the keypoints.
        thickness: Of a bone, pixels; by default from the size of the image.
    """
    joints = get_joint_set(joint_set)
    seen = np.isfinite(keypoints2d).all(-1)
    if scores is not None:
        seen &= np.asarray(scores) >= min_score
    thickness = thickness or max(2, round(min(image.shape[:2]) / 270))
    for parent, child in joints.bone_indices:
        if seen[parent] and seen[child]:
            cv2.line(image, _subpixel(keypoints2d[parent]),
                     _subpixel(keypoints2d[child]),
                     _side_colour(joints.joints[child]), thickness,
                     cv2.LINE_AA, _SUBPIXEL_BITS)
    for index in np.flatnonzero(seen):
        cv2.circle(image, _subpixel(keypoints2d[index]),
                   (thickness + 1) << _SUBPIXEL_BITS,
                   _side_colour(joints.joints[index]), -1, cv2.LINE_AA,
                   _SUBPIXEL_BITS)


def _subpixel(point: np.ndarray) -> tuple[int, int]:
    # OpenCV's 0 is the centre of the first pixel; far points overflow it.
    fixed = (np.asarray(point, np.float64) - 0.5) * (1 << _SUBPIXEL_BITS)
    return tuple(int(v) for v in fixed.clip(-1e6, 1e6).round())


def _side_colour(joint: str) -> tuple[int, int, int]:
    name = joint.lower()
    if name.startswith(('l_', 'left')):
        return LEFT
    return RIGHT if name.startswith(('r_', 'right')) else MIDDLE


def put_label(image: np.ndarray, text: str) -> None:
    """Write a line of text into the top left corner, in place."""
    scale = max(0.4, min(image.shape[:2]) / 600)
    weight = max(1, round(scale))
    height = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale,
                             weight)[0][1]
    x, y = round(8 * scale), round(10 * scale) + height
    # Shifted copies make the rim: a heavier font would also be wider.
    rim = [(dx, dy, (0, 0, 0)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    for dx, dy, colour in (*rim, (0, 0, (255, 255, 255))):
        cv2.putText(image, text, (x + dx * weight, y + dy * weight),
                    cv2.FONT_HERSHEY_SIMPLEX, scale, colour, weight,
                    cv2.LINE_AA)


def contact_sheet(frames: Sequence[np.ndarray],
                  columns: int = 5) -> np.ndarray:
    """Frames of one size on one page, row by row, black where none is left.

    Args:
        frames: ``(h, w, 3)`` uint8 each, at least one.
        columns: Frames in a row, fewer if there are not so many.

    Returns:
        ``(rows * h, columns * w, 3)`` uint8.
    """
    columns = min(columns, len(frames))
    blank = np.zeros_like(frames[0])
    padded = list(frames) + [blank] * (-len(frames) % columns)
    rows = [
        np.concatenate(padded[i:i + columns], axis=1)
        for i in range(0, len(padded), columns)
    ]
    return np.concatenate(rows)


def shrink(image: np.ndarray, height: int) -> np.ndarray:
    """Scale an image down to a height in pixels; never up."""
    scale = min(height / image.shape[0], 1)
    size = (max(round(image.shape[1] * scale),
                1), max(round(image.shape[0] * scale), 1))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def side_view(vertices: np.ndarray, angle: float = np.pi / 2) -> np.ndarray:
    """Turn a body about the vertical through its middle, where it stands.

    Args:
        vertices: ``(..., V, 3)`` metres, camera frame (y down).
        angle: Radians; pi/2 shows the body from the right of the picture,
            -pi/2 from the left.

    Returns:
        ``(..., V, 3)``: to be rendered with the camera that saw the original.
    """
    middle = (vertices.min(-2, keepdims=True) +
              vertices.max(-2, keepdims=True)) / 2
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    turned = (vertices - middle) @ turn.T + middle
    return turned.astype(vertices.dtype)


def write_image(path: Union[str, Path], image: np.ndarray) -> Path:
    """Write an image, whole or not at all; missing folders are made.

    Args:
        path: Its suffix says the format.
        image: ``(H, W, 3)`` RGB uint8.
    """
    path = Path(path)
    done, content = cv2.imencode(path.suffix, image[..., ::-1])
    assert done
    with whole_file(path) as part:
        part.write_bytes(content.tobytes())
    return path


def draw_heat(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A map over a picture in grey: blue is lowest, red highest.

    Args:
        image: ``(H, W, 3)`` RGB uint8.
        heat: ``(h, w)``, of any range.

    Returns:
        ``(H, W, 3)`` RGB uint8.
    """
    spread = np.ptp(heat)
    scaled = (heat - heat.min()) / (spread if spread > 0 else 1)
    grown = cv2.resize(
        scaled.astype(np.float32),
        image.shape[1::-1],
        interpolation=cv2.INTER_CUBIC).clip(0, 1)
    colour = cv2.applyColorMap((255 * grown).astype(np.uint8),
                               cv2.COLORMAP_JET)[..., ::-1]
    grey = image.mean(-1, keepdims=True)
    return (0.5 * grey + 0.5 * colour).round().astype(np.uint8)
