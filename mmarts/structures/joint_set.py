# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a joint set is: joints, bones (parent, child), mirror partners."""
from dataclasses import dataclass


@dataclass(frozen=True)
class JointSet:
    """Joints and bones of one convention; the only source of indices.

    Args:
        name: Key of the set in :data:`JOINT_SETS`.
        joints: Joint names in storage order.
        bones: ``(parent, child)`` names, a parent's bone before its
            children's. Empty where the convention has no skeleton of its own.
        pairs: ``(left, right)`` names that change places in a mirror image;
            a joint in no pair is its own partner.
        root: Joint that stays where it is when the pose is root-centred.
        flip_source: For sets with repeated anatomical points the mirror
            partner of every joint by index; replaces ``pairs``.
        points: ``(joint, point)`` where the anatomical point is not what the
            joint's name says, see :attr:`anatomy`.
        read_from: Set that a body reads this one off where it has no
            regressor of its own for it; empty where there is none.
        read_joints: The joints in ``read_from``, in the order of ``joints``;
            the same names when empty.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    root: str = 'Pelvis'
    flip_source: tuple[int, ...] = ()
    points: tuple[tuple[str, str], ...] = ()
    read_from: str = ''
    read_joints: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.joints)

    def index(self, *names: str) -> list[int]:
        """Storage indices of joints, in the order asked for.

        Raises:
            KeyError: If the set lacks one of the names.
        """
        missing = [n for n in names if n not in self.joints]
        if missing:
            raise KeyError(f'Joint set "{self.name}" has no {missing}; '
                           f'it has {list(self.joints)}.')
        return [self.joints.index(n) for n in names]

    @property
    def root_index(self) -> int:
        """Index of the root joint."""
        return self.index(self.root)[0]

    @property
    def flip_indices(self) -> list[int]:
        """Mirror partner of every joint: an involution."""
        if self.flip_source:
            return list(self.flip_source)
        partner = {
            a: b
            for left, right in self.pairs
            for a, b in ((left, right), (right, left))
        }
        return self.index(*(partner.get(n, n) for n in self.joints))

    @property
    def bone_indices(self) -> list[tuple[int, int]]:
        """Bones as ``(parent, child)`` indices."""
        return [tuple(self.index(*bone)) for bone in self.bones]

    @property
    def anatomy(self) -> tuple[str, ...]:
        """Anatomical point of every joint: one name in all sets.

        ``left_hip`` and ``L_Hip`` are both ``L_Hip``; where sets
        give one name to different points (``Neck``), ``points`` tells.
        """
        named = dict(self.points)
        return tuple(named.get(j, _plain_name(j)) for j in self.joints)


def mirror_pairs(*parts: str, left: str = 'L_', right: str = 'R_') -> tuple:
    """``(left, right)`` names of joints that lie on both sides."""
    return tuple((left + part, right + part) for part in parts)


def chain(*names: str) -> tuple[tuple[str, str], ...]:
    """Bones from each joint to the next."""
    return tuple(zip(names[:-1], names[1:]))


def _plain_name(joint: str) -> str:
    words = joint.split('_')
    side = dict(left='L', right='R').get(words[0], words[0])
    return '_'.join(w[:1].upper() + w[1:] for w in (side, *words[1:]))
