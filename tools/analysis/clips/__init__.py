# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What can be said of a real clip, with and without a 3D reference."""
from .measures import (BODY, bone_variation, foot_speed, jitter, joint_speed,
                       lag, side_leaps)
from .multiview import View, read_qualisys, triangulate, views_of
from .variants import Variant, variants_of
from .watch import Watched, add_arguments, add_demo_options, watch

__all__ = [
    'BODY', 'Variant', 'View', 'Watched', 'add_arguments', 'add_demo_options',
    'bone_variation', 'foot_speed', 'jitter', 'joint_speed', 'lag',
    'read_qualisys', 'side_leaps', 'triangulate', 'variants_of', 'views_of',
    'watch'
]
