# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the metrics of root-centred joints share."""
from typing import Any, Optional, Sequence, Union

from torch import Tensor

from mmarts.geometry.alignment import root_centre
from mmarts.structures import JOINT_SETS, JointSet, get_joint_set
from .body_set import BodyConfig
from .joint_source import (JOINT_SOURCES, joint_source, joints_of_samples,
                           source_valid)
from .mesh_metric import MeshMetric

_DEFAULTS = dict(joint_set='h36m17', root='Pelvis', eval_joints='h36m14')


class JointMetric(MeshMetric):
    """A metric of joints, root-centred, on a choice of joints.

    Keeps ``pred`` and ``target`` ``(T_out, K, 3)`` metres relative to the
    root, and ``valid`` ``(T_out, K)``: the target's mask, false where the
    root is not valid. ``K`` are the joints of ``eval_joints``.

    Args:
        joint_set: Joints to make of predictions and targets.
        root: Joint of that set that is moved to the origin, or several
            whose midpoint is.
        eval_joints: Joints that count: the name of a joint set whose joints
            ``joint_set`` has, a list of names, or None for all.
        body_model: See :class:`MeshMetric`.
        target_source: One of ``JOINT_SOURCES`` to take the target from;
            None for the first usable one of (body parameters, vertices,
            ``joints3d``, ``joints3d_rel``). Human3.6M's protocol measures
            against motion capture: ``'joints3d'``.
        pred_source: The same for predictions. A network whose mesh is not
            its body parameters' is measured by ``'vertices'``.
        **kwargs: ``merge``, ``group_by`` and MMEngine's, see
            :class:`MeshMetric`.
    """

    averaged = ('pred', )

    def __init__(self,
                 joint_set: str = 'h36m17',
                 root: Union[str, Sequence[str]] = 'Pelvis',
                 eval_joints: Union[None, str, Sequence[str]] = 'h36m14',
                 body_model: Optional[BodyConfig] = None,
                 target_source: Optional[str] = None,
                 pred_source: Optional[str] = None,
                 **kwargs) -> None:
        super().__init__(body_model, **kwargs)
        choices = dict(joint_set=joint_set, root=root, eval_joints=eval_joints)
        if self.rules is not None:
            choices = self._choices_of_rules(choices)
            target_source = self._target_source(target_source)
        for name, source in dict(
                target_source=target_source, pred_source=pred_source).items():
            if source not in (None, *JOINT_SOURCES):
                raise ValueError(f'`{name}` should be one of {JOINT_SOURCES} '
                                 f'or None, but got "{source}".')
        self.joint_set = get_joint_set(choices['joint_set'])
        self.root = _names(choices['root'])
        self.root_index = self.joint_set.index(*self.root)
        self.eval_joints = choices['eval_joints']
        self.eval_index = _eval_index(self.joint_set, self.eval_joints)
        self.target_source, self.pred_source = target_source, pred_source

    def frame_arrays(
            self,
            samples: Sequence[dict]) -> list[tuple[dict[str, Tensor], str]]:
        bodies = self.bodies_for(samples)
        name = self.joint_set.name
        wanted = {'pred_': self.pred_source, '': self.target_source}
        sources = {
            p: [joint_source(s, p, name, bodies, w) for s in samples]
            for p, w in wanted.items()
        }
        joints = {
            p: joints_of_samples(samples, p, name, bodies, w)
            for p, w in wanted.items()
        }
        kept = []
        for i, sample in enumerate(samples):
            valid = source_valid(sample, sources[''][i], len(self.joint_set),
                                 name)
            valid = valid & valid[:, self.root_index].all(-1, keepdim=True)
            arrays = dict(
                pred=self._evaluated(joints['pred_'][i]),
                target=self._evaluated(joints[''][i]),
                valid=valid[:, self.eval_index])
            kept.append((arrays, f'pred {sources["pred_"][i]}, '
                         f'target {sources[""][i]}'))
        return kept

    def describe(self) -> dict[str, Any]:
        joints = self.eval_joints
        if joints is None:
            joints = self.joint_set.name
        return dict(
            joint_set=self.joint_set.name,
            root=' + '.join(self.root),
            eval_joints=joints if isinstance(joints, str) else list(joints))

    def _choices_of_rules(self, choices: dict) -> dict:
        """Joint set, root and evaluated joints of the protocol.

        Raises:
            ValueError: If the arguments say something else.
        """
        given = [k for k, v in choices.items() if v != _DEFAULTS[k]]
        if given:
            raise ValueError(f'Protocol "{self.rules.name}" decides '
                             f'{", ".join(given)}; leave that out.')
        return dict(
            joint_set=self.rules.joint_set,
            root=self.rules.root,
            eval_joints=self.rules.eval_joints or None)

    def _target_source(self, given: Optional[str]) -> Optional[str]:
        decided = self.rules.target_source
        if decided is not None and given not in (None, decided):
            raise ValueError(f'Protocol "{self.rules.name}" takes targets '
                             f'from {decided}, not from {given}; leave '
                             '`target_source` out.')
        return decided or given

    def _evaluated(self, joints: Tensor) -> Tensor:
        centred = root_centre(joints, self.root_index)
        return centred[:, self.eval_index].float()


def _names(joints: Union[str, Sequence[str]]) -> list[str]:
    return [joints] if isinstance(joints, str) else list(joints)


def _eval_index(joint_set: JointSet,
                eval_joints: Union[None, str, Sequence[str]]) -> list[int]:
    if eval_joints is None:
        return list(range(len(joint_set)))
    if isinstance(eval_joints, str):
        if eval_joints not in JOINT_SETS:
            raise KeyError(f'`eval_joints` should be a joint set of '
                           f'{sorted(JOINT_SETS)}, a list of joints, or None, '
                           f'but got "{eval_joints}".')
        eval_joints = JOINT_SETS[eval_joints].joints
    return joint_set.index(*eval_joints)
