# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""From measured tracks to the numbers that ``DetectorNoise`` draws from."""
import warnings

import numpy as np

from mmarts.datasets.noise.detector_noise import (KINDS, MEANS, NUM_RANKS,
                                                  VIEWS, kind_and_side,
                                                  kind_of_joints,
                                                  view_of_facing)
from mmarts.datasets.noise.keypoint_noise import SWAPPED_PARTS
from mmarts.structures import get_joint_set
from .measure import Measurement

COCO, SMPL = get_joint_set('coco19'), get_joint_set('smpl24')
# The bone that each keypoint is fixed to; a side's own for L_ and R_.
OWNERS = dict(
    Nose='head',
    Eye='head',
    Ear='head',
    Shoulder='spine3',
    Elbow='{}shoulder',
    Wrist='{}elbow',
    Hip='pelvis',
    Knee='{}hip',
    Ankle='{}knee')
# A side swap: the other side explains the places in less than half of the
# error, and the error is that large (fractions of a standing person).
_SWAP_GAIN, _SWAP_ERROR = 0.5, 0.04
_HUBER = 0.01  # fraction of the height
_ROUNDS = 20
MAX_GAP = 15  # frames: half a second
# Median of a Rayleigh distribution with standard deviation 1 along each axis.
_RAYLEIGH = np.sqrt(2 * np.log(2))
_MIN_COUNT = 40  # frames that a cell of a table needs


def fit(data: Measurement) -> dict:
    """All of what ``mmarts/assets/detector_noise.json`` holds but its origin.

    Lengths are metres (offsets) or fractions of a standing person's height
    in the picture (spreads).
    """
    with warnings.catch_warnings():
        # Tables have empty cells: means of nothing.
        warnings.simplefilter('ignore', RuntimeWarning)
        return _fit(data)


def _fit(data: Measurement) -> dict:
    found = np.isfinite(data.found).all((-1, -2))
    swapped = _swapped(data)
    valid = found[..., None] & data.inside & ~swapped.any(0)
    offsets = fit_offsets(data, valid)
    residual = (data.found - data.exact -
                shift(data, offsets)) / data.height[..., None, None]
    residual[~valid] = np.nan
    spread, counts = _spreads(residual, data, valid)
    unit = residual / _spread_of(spread, data)[..., None]
    return dict(
        offsets={
            name: [round(float(v), 4) for v in offset]
            for name, offset in offsets.items()
        },
        owners=OWNERS,
        spread=np.round(spread, 5).tolist(),
        frames=counts.tolist(),
        **_time(unit),
        **_scores(data, unit, valid),
        **_events(data, found, swapped))


def fit_offsets(data: Measurement, valid: np.ndarray) -> dict:
    """Where the detector puts each keypoint, in the axes of its bone.

    Huber's regression of all views at once; the right side is the mirror
    image of the left.

    Returns:
        ``{kind: (3,)}`` metres, of the left side.
    """
    offsets = {}
    for kind in OWNERS:
        rows, values = [], []
        for joint, name in enumerate(COCO.joints):
            if kind_and_side(name)[0] != kind:
                continue
            design = _design(data, joint, name) / data.height[..., None, None]
            error = (data.found - data.exact)[:, :, joint] / data.height[...,
                                                                         None]
            keep = valid[..., joint] & ~data.hidden[..., joint]
            rows.append(design[keep])
            values.append(error[keep])
        offsets[kind] = _huber(np.concatenate(rows), np.concatenate(values))
    for kind in ('Nose', ):
        offsets[kind][0] = 0.  # in the plane of symmetry
    return offsets


def shift(data: Measurement, offsets: dict) -> np.ndarray:
    """Pixels ``(N, T, 19, 2)`` that the offsets move the keypoints by."""
    moved = np.zeros_like(data.exact)
    for joint, name in enumerate(COCO.joints):
        kind = kind_and_side(name)[0]
        if kind in offsets:
            moved[:, :, joint] = _design(data, joint, name) @ offsets[kind]
    for name, sources in MEANS.items():
        places = (data.exact + moved)[:, :, COCO.index(*sources)].mean(2)
        joint = COCO.index(name)[0]
        moved[:, :, joint] = places - data.exact[:, :, joint]
    return moved


def _design(data: Measurement, joint: int, name: str) -> np.ndarray:
    """Derivative of the pixels by the left side's offset: ``(N, T, 2, 3)``."""
    kind, side = kind_and_side(name)
    owner = SMPL.index(OWNERS[kind].format(side))[0]
    turn = data.turns[:, :,
                      owner] * ([-1, 1, 1] if side == 'right_' else [1, 1, 1])
    x, y, z = np.moveaxis(data.joints[:, :, joint], -1, 0)
    projection = np.zeros((*z.shape, 2, 3))
    projection[..., 0, 0] = projection[..., 1, 1] = 1 / z
    projection[..., 0, 2], projection[..., 1, 2] = -x / z**2, -y / z**2
    return data.focal[:, None, None, None] * projection @ turn


def _huber(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    offset = np.zeros(3)
    for _ in range(_ROUNDS):
        error = np.linalg.norm(values - design @ offset, axis=-1)
        weight = np.minimum(1, _HUBER / np.maximum(error, 1e-9))
        normal = np.einsum('n,nij,nik->jk', weight, design, design)
        right = np.einsum('n,nij,ni->j', weight, design, values)
        offset = np.linalg.solve(normal, right)
    return offset


def _swapped(data: Measurement) -> np.ndarray:
    """``(parts, N, T, 19)``: keypoints that were taken for the other side."""
    flip = COCO.flip_indices
    flags = np.zeros((len(SWAPPED_PARTS), *data.score.shape), bool)
    taken = np.zeros(data.score.shape[:2], bool)
    # All joints together first: it explains its parts.
    order = sorted(
        range(len(SWAPPED_PARTS)), key=lambda p: bool(SWAPPED_PARTS[p]))
    for part in order:
        names = SWAPPED_PARTS[part] or ('shoulder', 'elbow', 'wrist', 'hip',
                                        'knee', 'ankle')
        joints = [
            j for j, name in enumerate(COCO.joints)
            if any(n in name.lower() for n in names)
        ]
        mates = [flip[j] for j in joints]
        own = _mean_error(data, joints, joints)
        other = _mean_error(data, joints, mates)
        hit = (other < _SWAP_GAIN * own) & (own > _SWAP_ERROR) & ~taken
        taken |= hit
        flags[part][...,
                    joints if SWAPPED_PARTS[part] else slice(None)] = hit[...,
                                                                          None]
    return flags


def _mean_error(data, joints, places) -> np.ndarray:
    error = data.found[:, :, joints] - data.exact[:, :, places]
    return np.linalg.norm(error, axis=-1).mean(-1) / data.height


def _cells(data: Measurement):
    """Indices ``(N, T, 19)`` into the tables: kind, view, hidden."""
    kind = np.broadcast_to(kind_of_joints('coco19'), data.score.shape)
    view = np.broadcast_to(
        view_of_facing(data.facing)[..., None], data.score.shape)
    return kind, view, data.hidden.astype(int)


def _spreads(residual, data, valid) -> tuple[np.ndarray, np.ndarray]:
    """Robust spread ``(kinds, views, 2)`` along an axis, and frames."""
    error = np.linalg.norm(residual, axis=-1)
    cells = _cells(data)
    spread = np.full((len(KINDS), len(VIEWS), 2), np.nan)
    counts = np.zeros(spread.shape, int)
    for index in np.ndindex(spread.shape):
        inside = valid & np.all([c == i for c, i in zip(cells, index)], 0)
        counts[index] = inside.sum()
        if counts[index] >= _MIN_COUNT:
            spread[index] = np.median(error[inside]) / _RAYLEIGH
    # What was hardly seen takes the mean over views, or 1.5 times the seen.
    mean = np.nanmean(spread, axis=1, keepdims=True)
    seen = np.where(np.isnan(mean[..., :1]), np.nanmean(spread), mean[..., :1])
    mean = np.where(np.isnan(mean), [1., 1.5] * seen, mean)
    return np.where(np.isnan(spread), mean, spread), counts


def _spread_of(spread, data) -> np.ndarray:
    return spread[_cells(data)]


def _time(unit: np.ndarray) -> dict:
    """Level of tracks, of joints in them, constant part and correlation."""
    size = np.linalg.norm(unit, axis=-1)
    joint = np.log(np.nanmedian(size, 1) / _RAYLEIGH)  # (N, 19)
    joint[np.isfinite(size).sum(1) < 12] = np.nan
    track = np.nanmedian(joint, 1, keepdims=True)
    middle = np.nanmean(unit, 1, keepdims=True)
    rest = unit - middle
    scale = np.nanmedian(size, 1, keepdims=True)[..., None]
    within = _square(rest / scale)
    step = _square(np.diff(rest, axis=1) / scale)
    whole = _square(unit / scale)
    return dict(
        level_std=round(_robust_std(track), 3),
        joint_std=round(_robust_std(joint - track), 3),
        constant=round(1 - within / whole, 3),
        correlation=round(float(np.clip(1 - step / within / 2, 0, 0.99)), 3))


def _square(values: np.ndarray) -> float:
    """Robust mean square: what the median says of normal errors."""
    return float(np.nanmedian(np.sum(values**2, -1)) / _RAYLEIGH**2)


def _robust_std(values: np.ndarray) -> float:
    low, high = np.nanpercentile(values, [15.87, 84.13])
    return float((high - low) / 2)


def _scores(data, unit, valid) -> dict:
    """Quantiles of the scores of each cell, and what they say of errors."""
    kind, _, hidden = _cells(data)
    ranks = np.linspace(0, 1, NUM_RANKS)
    table = np.ones((len(KINDS), 2, NUM_RANKS))
    rank = np.full(data.score.shape, np.nan)
    for index in np.ndindex(table.shape[:2]):
        inside = valid & (kind == index[0]) & (hidden == index[1])
        if inside.sum() >= _MIN_COUNT:
            table[index] = np.quantile(data.score[inside], ranks)
            order = data.score[inside].argsort().argsort()
            rank[inside] = (order + 0.5) / len(order)
        else:
            table[index] = table[index[0], 0]
    few = np.isfinite(rank).sum(1) < 12
    size = np.log(np.nanmedian(np.linalg.norm(unit, axis=-1), 1))
    score = np.nanmean(rank, 1)
    score[few] = size[few] = np.nan
    step = np.nanmean(np.diff(rank, axis=1)**2)
    both = np.isfinite(size) & np.isfinite(score)
    return dict(
        score=np.round(table, 3).tolist(),
        score_error_correlation=round(
            float(np.corrcoef(size[both], score[both])[0, 1]), 3),
        score_correlation=round(
            float(np.clip(1 - step / 2 / np.nanvar(rank), 0, 0.99)), 3))


def _events(data, found, swapped) -> dict:
    """Swaps and lost people: share of frames, and mean length of a run."""
    lost = _short_gaps(found)
    hits = swapped.any(-1)  # (parts, N, T)
    return dict(
        swap=[round(float(h.sum() / max(found.sum(), 1)), 5) for h in hits],
        swap_frames=[round(_run_length(h), 2) for h in hits],
        lost=round(float(lost.sum() / max((found | lost).sum(), 1)), 5),
        lost_frames=round(_run_length(lost), 2))


def _short_gaps(found: np.ndarray) -> np.ndarray:
    """Frames without a person between frames with one: ``(N, T)``.

    A longer gap ends a track in the demo too.
    """
    lost = np.zeros_like(found)
    for row, seen in zip(lost, found):
        frames = seen.nonzero()[0]
        for first, last in zip(frames[:-1], frames[1:]):
            if last - first - 1 <= MAX_GAP:
                row[first + 1:last] = True
    return lost


def _run_length(flags: np.ndarray) -> float:
    """Mean length of runs along the last axis; 1 where there is none."""
    begins = flags & ~np.pad(flags, ((0, 0), (1, 0)))[:, :-1]
    return float(flags.sum() / begins.sum()) if begins.any() else 1.
