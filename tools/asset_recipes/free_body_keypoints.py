# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Keypoint regressors and vertex picks of the free body, on its surface."""
import numpy as np

from .free_body_joints import fit_row, swap_sides
from .free_body_source import AnnySource, sample_adults

COCO = ('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear', 'L_Shoulder', 'R_Shoulder',
        'L_Elbow', 'R_Elbow', 'L_Wrist', 'R_Wrist', 'L_Hip', 'R_Hip', 'L_Knee',
        'R_Knee', 'L_Ankle', 'R_Ankle', 'Pelvis', 'Neck')
H36M = ('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee', 'L_Ankle',
        'Torso', 'Neck', 'Nose', 'Head', 'L_Shoulder', 'L_Elbow', 'L_Wrist',
        'R_Shoulder', 'R_Elbow', 'R_Wrist')
LSP = ('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle', 'R_Wrist',
       'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow', 'L_Wrist', 'LSP_Neck',
       'Head_Top')
# SPIN's nine: hips, neck and head top of LSP, pelvis and thorax of MPII,
# spine, jaw and head of H36M.
EXTRA = ('R_Hip', 'L_Hip', 'LSP_Neck', 'Head_Top', 'Pelvis', 'Neck_Base',
         'Torso', 'Nose', 'Head')
PICKS = ('nose', 'right_eye', 'left_eye', 'right_ear', 'left_ear',
         'left_big_toe', 'left_small_toe', 'left_heel', 'right_big_toe',
         'right_small_toe', 'right_heel', 'left_thumb', 'left_index',
         'left_middle', 'left_ring', 'left_pinky', 'right_thumb',
         'right_index', 'right_middle', 'right_ring', 'right_pinky')
# Metres within which skin may carry a keypoint. Small: in contrast to the
# joints, these rows are applied to posed bodies.
RADIUS = {
    'Nose': .05,
    'L_Eye': .04,
    'L_Ear': .09,
    'L_Shoulder': .14,
    'L_Elbow': .09,
    'L_Wrist': .07,
    'L_Hip': .17,
    'L_Knee': .12,
    'L_Ankle': .09,
    'Torso': .22,
    'Neck_Base': .15,
    'Head_Joint': .14
}
# Keypoints that Anny's set lacks: the bones whose heads they are between.
BONE_POINTS = {
    'Torso': ('spine02', 'spine01'),
    'Neck_Base': ('neck01', ),
    'Head_Joint': ('head', )
}
BONE_POINT_SKIN = {
    'Torso': ('spine', ),
    'Neck_Base': ('spine01', 'neck', 'clavicle'),
    'Head_Joint': ('head', 'neck')
}
# Bones that random poses bend, and by how much (standard deviation, rad).
POSED_BONES = {
    'upperarm01': .5,
    'lowerarm01': .4,
    'wrist': .2,
    'upperleg01': .4,
    'lowerleg01': .3,
    'foot': .2,
    'spine03': .1,
    'spine01': .1,
    'neck01': .15,
    'head': .15
}
NUM_EACH_POSE = 150


def keypoint_arrays(source: AnnySource, keep: np.ndarray, flip: np.ndarray,
                    template: np.ndarray, rng: np.random.Generator) -> dict:
    """All keypoint entries of the asset.

    Args:
        source: Where bodies, bones and Anny's COCO keypoints come from.
        keep: ``(6890,)`` Anny's numbers of the vertices.
        flip: ``(6890,)`` mirror partners.
        template: ``(6890, 3)`` the mean body.
        rng: Source of randomness.
    """
    bones = np.array(source.bones)[source.weights[keep].argmax(1)]
    rows = fit_keypoint_rows(source, keep, flip, template, bones, rng)
    picks = pick_vertices(template, bones, flip)
    rows['Head_Top'] = np.zeros(len(flip))
    on_middle = np.flatnonzero(flip == np.arange(len(flip)))
    top = on_middle[template[on_middle, 1].argmax()]
    rows['Head_Top'][top] = 1
    # Not a bone but half-way to the top: where the marker set of H36M is.
    rows['Head'] = (rows['Head_Top'] + rows['Head_Joint']) / 2
    rows['Pelvis'] = (rows['L_Hip'] + rows['R_Hip']) / 2
    rows['Neck'] = (rows['L_Shoulder'] + rows['R_Shoulder']) / 2
    rows['LSP_Neck'] = (rows['Neck'] + rows['Neck_Base']) / 2
    h36m = ['Neck_Base' if n == 'Neck' else n for n in H36M]

    def stack(names):
        return np.stack([rows[n] for n in names]).astype(np.float32)

    return dict(
        J_regressor_coco=stack(COCO),
        J_regressor_h36m=stack(h36m),
        J_regressor_lsp=stack(LSP),
        J_regressor_extra=stack(EXTRA),
        vertex_picks=np.array([picks[n] for n in PICKS], np.int64),
        vertex_pick_names=np.array(PICKS))


def random_poses(source: AnnySource, count: int,
                 rng: np.random.Generator) -> np.ndarray:
    """``(count, bones, 3, 3)`` moderate rotations of the large bones."""
    from scipy.spatial.transform import Rotation
    rotations = np.tile(np.eye(3), (count, len(source.bones), 1, 1))
    for i, bone in enumerate(source.bones):
        sigma = POSED_BONES.get(bone.partition('.')[0])
        if sigma:
            rotations[:, i] = Rotation.from_rotvec(
                rng.normal(0, sigma, (count, 3))).as_matrix()
    return rotations


def posed_samples(source: AnnySource, keep: np.ndarray, count: int,
                  rng: np.random.Generator) -> tuple:
    """Vertices and targets of bodies in T-pose, A-pose and random poses.

    Returns:
        ``(3 * count, V, 3)`` vertices, ``(3 * count, K, 3)`` keypoints of
        Anny and ``(3 * count, bones, 3)`` bone heads.
    """
    parts = []
    for kind in ('t', 'a', 'random'):
        adults = sample_adults(count, rng)
        poses = random_poses(source, count, rng) if kind == 'random' else None
        for start in range(0, count, 50):
            part = slice(start, start + 50)
            bodies = source.bodies(adults[part], kind == 't',
                                   None if poses is None else poses[part],
                                   keep)
            parts.append(
                (bodies.vertices, bodies.keypoints, bodies.bone_heads))
    return tuple(np.concatenate(p) for p in zip(*parts))


def keypoint_target(source: AnnySource, name: str, keypoints: np.ndarray,
                    heads: np.ndarray) -> np.ndarray:
    """``(B, 3)`` where a keypoint is on Anny's own bodies."""
    if name in BONE_POINTS:
        index = [source.bones.index(bone) for bone in BONE_POINTS[name]]
        return heads[:, index].mean(1)
    label = name.lower().replace('l_', 'left_').replace('r_', 'right_')
    label = 'nose' if name == 'Nose' else label
    return keypoints[:, source.keypoint_names.index(label)]


def fit_keypoint_rows(source: AnnySource, keep: np.ndarray, flip: np.ndarray,
                      template: np.ndarray, bones: np.ndarray,
                      rng: np.random.Generator) -> dict:
    """Rows of the keypoints in ``RADIUS`` and of their mirror images."""
    vertices, keypoints, heads = posed_samples(source, keep, NUM_EACH_POSE,
                                               rng)
    rows = {}
    for name, radius in RADIUS.items():
        target = keypoint_target(source, name, keypoints, heads)
        middle = not name.startswith('L_')
        # Radius about the place on T-posed bodies, the first of the samples.
        distance = np.linalg.norm(
            vertices[:NUM_EACH_POSE] - target[:NUM_EACH_POSE, None],
            axis=-1).mean(0)
        near = distance < radius
        if name in BONE_POINT_SKIN:
            near &= np.char.startswith(bones, BONE_POINT_SKIN[name][0])
            for other in BONE_POINT_SKIN[name][1:]:
                near |= ((distance < radius)
                         & np.char.startswith(bones, other))
        if middle:
            near &= template[:, 0] > -1e-9
        rows[name] = fit_row(vertices, target, np.flatnonzero(near), flip,
                             middle)
        if not middle:
            rows['R' + name[1:]] = rows[name][flip]
    return rows


def pick_vertices(template: np.ndarray, bones: np.ndarray,
                  flip: np.ndarray) -> dict:
    """Vertex numbers of nose, eyes, ears, toes, heels and finger tips.

    Args:
        template: ``(V, 3)`` T-posed mean body.
        bones: ``(V,)`` Anny's bone that moves each vertex most.
        flip: ``(V,)`` mirror partners.
    """

    def extreme(chosen: np.ndarray, direction) -> int:
        index = np.flatnonzero(chosen)
        return int(index[(template[index] @ np.array(direction)).argmax()])

    middle = flip == np.arange(len(flip))
    picks = {
        'nose':
        extreme(
            middle & (bones == 'head')
            & (template[:, 1] < template[:, 1].max() - .08)
            & (template[:, 1] > template[:, 1].max() - .19), (0, 0, 1))
    }
    left = {
        'eye': extreme(bones == 'eye.L', (0, 0, 1)),
        'ear': extreme((bones == 'head') & (template[:, 0] > 0), (1, 0, 0)),
        'big_toe': extreme(bones == 'toe1-2.L', (0, 0, 1)),
        'small_toe': extreme(bones == 'toe5-3.L', (.5, 0, 1)),
        'heel': extreme(bones == 'foot.L', (0, -.3, -1)),
        'thumb': extreme(bones == 'finger1-3.L', (1, 0, 1)),
    }
    for k, finger in enumerate(('index', 'middle', 'ring', 'pinky'), 2):
        left[finger] = extreme(bones == f'finger{k}-3.L', (1, 0, 0))
    for name, vertex in left.items():
        picks['left_' + name] = vertex
        picks['right_' + name] = int(flip[vertex])
    return picks


def check_mirror(names: tuple, regressor: np.ndarray,
                 flip: np.ndarray) -> float:
    """Largest difference of rows from the mirror images of their twins."""
    mirrored = regressor[swap_sides(names)][:, flip]
    return float(abs(regressor - mirrored).max())
