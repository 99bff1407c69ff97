# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Joint sets by name: joints, bones (parent, child) and mirror partners."""
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
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    root: str = 'Pelvis'
    flip_source: tuple[int, ...] = ()

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


def get_joint_set(name: str) -> JointSet:
    """Look a joint set up by name.

    Raises:
        KeyError: If there is no such set.
    """
    if name not in JOINT_SETS:
        raise KeyError(f'There is no joint set "{name}"; '
                       f'mmarts has {sorted(JOINT_SETS)}.')
    return JOINT_SETS[name]


def _mirror_pairs(*parts: str, left: str = 'L_', right: str = 'R_'):
    return tuple((left + part, right + part) for part in parts)


def _chain(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(names[:-1], names[1:]))


_LIMBS = ('Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle')

_SMPL24 = JointSet(
    name='smpl24',
    joints=('pelvis', 'left_hip', 'right_hip', 'spine1', 'left_knee',
            'right_knee', 'spine2', 'left_ankle', 'right_ankle', 'spine3',
            'left_foot', 'right_foot', 'neck', 'left_collar', 'right_collar',
            'head', 'left_shoulder', 'right_shoulder', 'left_elbow',
            'right_elbow', 'left_wrist', 'right_wrist', 'left_hand',
            'right_hand'),
    bones=(_chain(
        'pelvis', 'left_hip', 'left_knee', 'left_ankle', 'left_foot') + _chain(
            'pelvis', 'right_hip', 'right_knee', 'right_ankle', 'right_foot') +
           _chain('pelvis', 'spine1', 'spine2', 'spine3', 'neck', 'head') +
           _chain('spine3', 'left_collar', 'left_shoulder', 'left_elbow',
                  'left_wrist', 'left_hand') +
           _chain('spine3', 'right_collar', 'right_shoulder', 'right_elbow',
                  'right_wrist', 'right_hand')),
    pairs=_mirror_pairs(
        'hip',
        'knee',
        'ankle',
        'foot',
        'collar',
        'shoulder',
        'elbow',
        'wrist',
        'hand',
        left='left_',
        right='right_'),
    root='pelvis')

_COCO17 = JointSet(
    name='coco17',
    joints=('Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear', 'L_Shoulder',
            'R_Shoulder', 'L_Elbow', 'R_Elbow', 'L_Wrist', 'R_Wrist', 'L_Hip',
            'R_Hip', 'L_Knee', 'R_Knee', 'L_Ankle', 'R_Ankle'),
    # COCO's own drawing skeleton is no tree; this is the tree part of it,
    # rooted at the left hip because COCO-17 has no pelvis.
    bones=(('L_Hip', 'R_Hip'), ('L_Hip', 'L_Shoulder')) +
    _chain('L_Shoulder', 'R_Shoulder') + (('L_Shoulder', 'Nose'), ) +
    _chain('Nose', 'L_Eye', 'L_Ear') + _chain('Nose', 'R_Eye', 'R_Ear') +
    _chain('L_Shoulder', 'L_Elbow', 'L_Wrist') +
    _chain('R_Shoulder', 'R_Elbow', 'R_Wrist') +
    _chain('L_Hip', 'L_Knee', 'L_Ankle') +
    _chain('R_Hip', 'R_Knee', 'R_Ankle'),
    pairs=_mirror_pairs('Eye', 'Ear', *_LIMBS),
    root='L_Hip')

# COCO-17 with the midpoint of the hips and of the shoulders (ARTS, PMCE).
_COCO19 = JointSet(
    name='coco19',
    joints=_COCO17.joints + ('Pelvis', 'Neck'),
    bones=(_chain('Pelvis', 'Neck', 'Nose', 'L_Eye', 'L_Ear') +
           _chain('Nose', 'R_Eye', 'R_Ear') +
           _chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist') +
           _chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist') +
           _chain('Pelvis', 'L_Hip', 'L_Knee', 'L_Ankle') +
           _chain('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle')),
    pairs=_COCO17.pairs)

_H36M17 = JointSet(
    name='h36m17',
    joints=('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee',
            'L_Ankle', 'Torso', 'Neck', 'Nose', 'Head', 'L_Shoulder',
            'L_Elbow', 'L_Wrist', 'R_Shoulder', 'R_Elbow', 'R_Wrist'),
    bones=(_chain('Pelvis', 'R_Hip', 'R_Knee', 'R_Ankle') +
           _chain('Pelvis', 'L_Hip', 'L_Knee', 'L_Ankle') +
           _chain('Pelvis', 'Torso', 'Neck', 'Nose', 'Head') +
           _chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist') +
           _chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist')),
    pairs=_mirror_pairs(*_LIMBS))

# The evaluation joints of 3DPW and Human3.6M: H36M-17 without Pelvis, Torso
# and Nose.
_H36M14 = JointSet(
    name='h36m14',
    joints=tuple(
        j for j in _H36M17.joints if j not in ('Pelvis', 'Torso', 'Nose')),
    bones=(_chain('Neck', 'R_Hip', 'R_Knee', 'R_Ankle') +
           _chain('Neck', 'L_Hip', 'L_Knee', 'L_Ankle') +
           _chain('Neck', 'Head') +
           _chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist') +
           _chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist')),
    pairs=_H36M17.pairs,
    root='Neck')

_LSP14 = JointSet(
    name='lsp14',
    joints=('R_Ankle', 'R_Knee', 'R_Hip', 'L_Hip', 'L_Knee', 'L_Ankle',
            'R_Wrist', 'R_Elbow', 'R_Shoulder', 'L_Shoulder', 'L_Elbow',
            'L_Wrist', 'Neck', 'Head_Top'),
    bones=(_chain('Neck', 'R_Hip', 'R_Knee', 'R_Ankle') +
           _chain('Neck', 'L_Hip', 'L_Knee', 'L_Ankle') +
           _chain('Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist') +
           _chain('Neck', 'L_Shoulder', 'L_Elbow', 'L_Wrist') +
           _chain('Neck', 'Head_Top')),
    pairs=_mirror_pairs(*_LIMBS),
    root='Neck')

# SPIN's 49: OpenPose's 25, then 24 ground-truth joints of several datasets.
_SPIN49 = JointSet(
    name='spin49',
    joints=('OP_Nose', 'OP_Neck', 'OP_R_Shoulder', 'OP_R_Elbow', 'OP_R_Wrist',
            'OP_L_Shoulder', 'OP_L_Elbow', 'OP_L_Wrist', 'OP_Mid_Hip',
            'OP_R_Hip', 'OP_R_Knee', 'OP_R_Ankle', 'OP_L_Hip', 'OP_L_Knee',
            'OP_L_Ankle', 'OP_R_Eye', 'OP_L_Eye', 'OP_R_Ear', 'OP_L_Ear',
            'OP_L_Big_Toe', 'OP_L_Small_Toe', 'OP_L_Heel', 'OP_R_Big_Toe',
            'OP_R_Small_Toe', 'OP_R_Heel', 'R_Ankle', 'R_Knee', 'R_Hip',
            'L_Hip', 'L_Knee', 'L_Ankle', 'R_Wrist', 'R_Elbow', 'R_Shoulder',
            'L_Shoulder', 'L_Elbow', 'L_Wrist', 'Neck_LSP', 'Head_Top',
            'Pelvis_MPII', 'Thorax_MPII', 'Spine_H36M', 'Jaw_H36M',
            'Head_H36M', 'Nose', 'L_Eye', 'R_Eye', 'L_Ear', 'R_Ear'),
    bones=(_chain('OP_Mid_Hip', 'OP_Neck', 'OP_Nose', 'OP_R_Eye', 'OP_R_Ear') +
           _chain('OP_Nose', 'OP_L_Eye', 'OP_L_Ear') +
           _chain('OP_Neck', 'OP_R_Shoulder', 'OP_R_Elbow', 'OP_R_Wrist') +
           _chain('OP_Neck', 'OP_L_Shoulder', 'OP_L_Elbow', 'OP_L_Wrist') +
           _chain('OP_Mid_Hip', 'OP_R_Hip', 'OP_R_Knee', 'OP_R_Ankle') +
           _chain('OP_Mid_Hip', 'OP_L_Hip', 'OP_L_Knee', 'OP_L_Ankle')),
    root='OP_Mid_Hip',
    flip_source=(0, 1, 5, 6, 7, 2, 3, 4, 8, 12, 13, 14, 9, 10, 11, 16, 15, 18,
                 17, 22, 23, 24, 19, 20, 21, 30, 29, 28, 27, 26, 25, 36, 35,
                 34, 33, 32, 31, 37, 38, 39, 40, 41, 42, 43, 44, 46, 45, 48,
                 47))

# MANO's order of fingers; SMPL-H and SMPL-X have it twice.
_FINGERS = ('index', 'middle', 'pinky', 'ring', 'thumb')


def _hand(prefix: str = '') -> tuple[str, ...]:
    return tuple(f'{prefix}{finger}{i}' for finger in _FINGERS
                 for i in (1, 2, 3))


def _hand_bones(prefix: str = '', tip: str = '') -> tuple:
    """From the wrist along every finger, to its tip where it has one."""
    names = [[f'{prefix}{finger}{i}'
              for i in (1, 2, 3)] + ([f'{finger}{tip}'] if tip else [])
             for finger in _FINGERS]
    return sum((_chain(f'{prefix}wrist', *finger) for finger in names), ())


_BODY22 = _SMPL24.joints[:22]
_BODY22_BONES = tuple(bone for bone in _SMPL24.bones if bone[1] in _BODY22)
_HANDS = _hand('left_') + _hand('right_')

_SMPLH52 = JointSet(
    name='smplh52',
    joints=_BODY22 + _HANDS,
    bones=_BODY22_BONES + _hand_bones('left_') + _hand_bones('right_'),
    pairs=_SMPL24.pairs[:-1] +
    _mirror_pairs(*_hand(), left='left_', right='right_'),
    root='pelvis')

_SMPLX55 = JointSet(
    name='smplx55',
    joints=_BODY22 + ('jaw', 'left_eye', 'right_eye') + _HANDS,
    bones=_BODY22_BONES + (('head', 'jaw'), ('head', 'left_eye'),
                           ('head', 'right_eye')) + _hand_bones('left_') +
    _hand_bones('right_'),
    pairs=_SMPLH52.pairs + (('left_eye', 'right_eye'), ),
    root='pelvis')

# One hand: its mirror image is the other hand, so no joint changes place.
_MANO16 = JointSet(
    name='mano16',
    joints=('wrist', ) + _hand(),
    bones=_hand_bones(),
    root='wrist')

# smplx's order of tips, which is not that of the fingers.
_MANO21 = JointSet(
    name='mano21',
    joints=_MANO16.joints +
    ('thumb_tip', 'index_tip', 'middle_tip', 'ring_tip', 'pinky_tip'),
    bones=_hand_bones(tip='_tip'),
    root='wrist')

JOINT_SETS = {
    s.name: s
    for s in (_SMPL24, _COCO17, _COCO19, _H36M17, _H36M14, _LSP14, _SPIN49,
              _SMPLH52, _SMPLX55, _MANO16, _MANO21)
}
