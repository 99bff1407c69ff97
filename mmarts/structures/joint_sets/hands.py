# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The joints of one hand: MANO's, and FreiHAND's order of them."""
from ..joint_set import JointSet, chain

# MANO's order of fingers; SMPL-H and SMPL-X have it twice.
_FINGERS = ('index', 'middle', 'pinky', 'ring', 'thumb')


def hand_joints(prefix: str = '') -> tuple[str, ...]:
    """The 15 joints of a hand without its wrist, in MANO's order."""
    return tuple(f'{prefix}{finger}{i}' for finger in _FINGERS
                 for i in (1, 2, 3))


def hand_bones(prefix: str = '', tip: str = '') -> tuple:
    """From the wrist along every finger, to its tip where it has one."""
    names = [[f'{prefix}{finger}{i}'
              for i in (1, 2, 3)] + ([f'{finger}{tip}'] if tip else [])
             for finger in _FINGERS]
    return sum((chain(f'{prefix}wrist', *finger) for finger in names), ())


# One hand: its mirror image is the other hand, so no joint changes place.
_MANO16 = JointSet(
    name='mano16',
    joints=('wrist', ) + hand_joints(),
    bones=hand_bones(),
    root='wrist')

# smplx's order of tips, which is not that of the fingers.
_MANO21 = JointSet(
    name='mano21',
    joints=_MANO16.joints +
    ('thumb_tip', 'index_tip', 'middle_tip', 'ring_tip', 'pinky_tip'),
    bones=hand_bones(tip='_tip'),
    root='wrist')

# Finger by finger, tips included: FreiHAND, InterHand and most detectors.
_FREIHAND21 = JointSet(
    name='freihand21',
    joints=('wrist', ) +
    tuple(f'{finger}{part}'
          for finger in ('thumb', 'index', 'middle', 'ring', 'pinky')
          for part in ('1', '2', '3', '_tip')),
    bones=_MANO21.bones,
    root='wrist',
    read_from='mano21')

HAND_SETS = (_MANO16, _MANO21, _FREIHAND21)
