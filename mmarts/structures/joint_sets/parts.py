# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What the definitions of several joint sets share."""
from ..joint_set import chain

LIMBS = ('Shoulder', 'Elbow', 'Wrist', 'Hip', 'Knee', 'Ankle')


def limb_bones(top: str, bottom: str) -> tuple[tuple[str, str], ...]:
    """Both legs from ``bottom``, then both arms from ``top``."""
    legs, arms = [('Hip', 'Knee', 'Ankle'), ('Shoulder', 'Elbow', 'Wrist')]
    return tuple(bone for start, limb in ((bottom, legs), (top, arms))
                 for side in 'RL'
                 for bone in chain(start, *(f'{side}_{joint}'
                                            for joint in limb)))
