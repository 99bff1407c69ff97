# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Left and right of a track made to follow themselves through time."""
import numpy as np

from mmarts.structures import get_joint_set

# Detectors exchange the sides of these together, but not always of both.
_PARTS = (('eye', 'ear', 'shoulder', 'elbow', 'wrist'), ('hip', 'knee',
                                                         'ankle'))
# Sides of the box, as a mean over joints, that it costs a second to disagree
# with the detector in one part. An exchange takes two leaps of about 0.1
# away, so that one of a second or two is undone, and what the detector says
# for most of a track stays. Legs that pass each other leap by far less.
_DOUBT = 0.12
# The same for parts of which one is exchanged and the other is not.
_TORN = 0.24
# What can be the matter with a frame: exchanged in the upper, lower part.
_STATES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], bool)


def steady_sides(keypoints2d: np.ndarray,
                 scores: np.ndarray,
                 boxes: np.ndarray,
                 fps: float,
                 joint_set: str = 'coco19') -> np.ndarray:
    """Which joints to read off the other side, so that none leaps there.

    The shortest way through the frames is found (dynamic programming over
    "as detected" and "exchanged" of the upper and of the lower body), with a
    toll on being exchanged: the detector is right most of the time.

    Args:
        keypoints2d: ``(F, K, 2)`` pixels.
        scores: ``(F, K)``; a joint that is not seen has no say.
        boxes: ``(F, 4)`` x1 y1 x2 y2, pixels.
        fps: Frames a second.
        joint_set: Set of the ``K`` joints.

    Returns:
        ``(F, K)`` the joint to take for each joint: ``keypoints2d[f,
        source[f]]``; a joint's own index where nothing is exchanged.
    """
    joints = get_joint_set(joint_set)
    flip = np.array(joints.flip_indices)
    source = np.tile(np.arange(len(flip)), (len(keypoints2d), 1))
    if len(keypoints2d) < 2:
        return source
    side = np.maximum((boxes[:, 2:] - boxes[:, :2]).max(-1), 1.)[1:]
    cost, parts = 0., []
    for number, words in enumerate(_PARTS):
        part = np.array([
            index for index, name in enumerate(joints.joints)
            if any(word in name.lower() for word in words)
        ])
        same = _step(keypoints2d, scores, part, part) / side
        other = _step(keypoints2d, scores, part, flip[part]) / side
        turns = _STATES[:, None, number] != _STATES[:, number]
        cost = cost + np.where(turns, other[:, None, None], same[:, None,
                                                                 None])
        parts.append(part)
    toll = (_DOUBT * _STATES.sum(-1) + _TORN *
            (_STATES[:, 0] ^ _STATES[:, 1])) / fps
    states = _STATES[_shortest_way(cost, toll)]
    for part, exchanged in zip(parts, states.T):
        source[np.ix_(exchanged, part)] = flip[part]
    return source


def _step(keypoints2d: np.ndarray, scores: np.ndarray, before: np.ndarray,
          after: np.ndarray) -> np.ndarray:
    """Mean way from a frame's joints to the next frame's: ``(F - 1,)``."""
    way = np.linalg.norm(
        keypoints2d[1:, after] - keypoints2d[:-1, before], axis=-1)
    weight = scores[1:, after] * scores[:-1, before]
    return (way * weight).sum(-1) / np.maximum(weight.sum(-1), 1e-6)


def _shortest_way(cost: np.ndarray, toll: np.ndarray) -> np.ndarray:
    """State of every frame ``(F,)`` (Viterbi).

    Args:
        cost: ``(F - 1, S, S)`` from a frame's state to the next frame's.
        toll: ``(S,)`` of a frame in each state.
    """
    price, came_from = toll, []
    for step in cost:
        ways = price[:, None] + step
        came_from.append(ways.argmin(0))
        price = ways.min(0) + toll
    states = [int(price.argmin())]
    for origin in reversed(came_from):
        states.append(int(origin[states[-1]]))
    return np.array(states[::-1])
