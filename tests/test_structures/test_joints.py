# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import re

import pytest

from mmarts.structures import JOINT_SETS, convert_joints, get_joint_set


@pytest.mark.parametrize('name', JOINT_SETS)
def test_flip_is_an_involution_that_changes_sides(name):
    joints = get_joint_set(name)
    flip = joints.flip_indices
    assert [flip[i] for i in flip] == list(range(len(joints)))
    swap = {'L_': 'R_', 'R_': 'L_', 'left_': 'right_', 'right_': 'left_'}
    for joint, partner in zip(joints.joints, flip):
        bare = joint.removeprefix('OP_')
        side = next((s for s in swap if bare.startswith(s)), '')
        mirrored = swap[side] + bare[len(side):] if side else bare
        assert joints.joints[partner].removeprefix('OP_') == mirrored


@pytest.mark.parametrize('name', JOINT_SETS)
def test_bones_are_a_tree_parents_first(name):
    joints = get_joint_set(name)
    bones = joints.bone_indices
    reached = {bones[0][0]}
    for parent, child in bones:
        assert parent in reached and child not in reached
        reached.add(child)
    if name != 'spin49':  # its 49 hold several joints twice
        assert len(reached) == len(joints)
    assert len(set(joints.joints)) == len(joints)


# Their trees are rooted at a left hip, or they are one hand.
@pytest.mark.parametrize(
    'name', [n for n in JOINT_SETS if n not in ('coco17', 'blazepose33')])
def test_mirroring_the_bones_is_an_involution_too(name):
    joints = get_joint_set(name)
    flip, bones = joints.flip_indices, joints.bone_indices
    swapped = [bones.index((flip[p], flip[c])) for p, c in bones]
    assert [swapped[i] for i in swapped] == list(range(len(bones)))


@pytest.mark.parametrize('name', JOINT_SETS)
def test_mirror_partners_are_mirrored_points(name):
    joints = get_joint_set(name)
    swap = dict(L='R', R='L')
    for point, partner in zip(joints.anatomy, joints.flip_indices):
        words = point.removeprefix('OP_').split('_')
        words[0] = swap.get(words[0], words[0])
        assert joints.anatomy[partner].removeprefix('OP_') == '_'.join(words)


@pytest.mark.parametrize('name', JOINT_SETS)
def test_names_end_in_the_number_of_joints(name):
    digits = re.search(r'[0-9]+$', name).group()
    assert len(get_joint_set(name)) == int(digits)


@pytest.mark.parametrize('name',
                         [n for n, s in JOINT_SETS.items() if s.read_from])
def test_a_set_read_off_another_has_the_same_points(name):
    part = JOINT_SETS[name]
    whole = JOINT_SETS[part.read_from]
    index = whole.index(*(part.read_joints or part.joints))
    assert [whole.anatomy[i] for i in index] == list(part.anatomy)
    # Mirroring before or after makes no difference.
    assert [whole.flip_indices[i]
            for i in index] == [index[i] for i in part.flip_indices]


def test_orders_that_releases_rely_on():
    """Indices as their authors wrote them down."""
    h36m, h36m32 = get_joint_set('h36m17'), get_joint_set('h36m32')
    # SPIN's and PointHMR's picks of H36M-17.
    assert h36m.index(*get_joint_set('pw3d14').joints) == [
        3, 2, 1, 4, 5, 6, 16, 15, 14, 11, 12, 13, 8, 10
    ]
    # The 17 of the 32 in Human3.6M's original files.
    assert h36m32.index(*h36m.joints) == [
        0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27
    ]
    # The toolbox of MPI-INF-3DHP, which counts from 1.
    assert convert_joints('mpi_inf_3dhp28', 'mpi_inf_3dhp17').rows == tuple(
        (i - 1, ) for i in (8, 6, 15, 16, 17, 10, 11, 12, 24, 25, 26, 19, 20,
                            21, 5, 4, 7))
    # SPIN reads MPII's files by this table.
    spin24 = get_joint_set('spin24')
    assert [
        spin24.anatomy.index(point)
        for point in get_joint_set('mpii16').anatomy
    ] == [0, 1, 2, 3, 4, 5, 14, 15, 12, 13, 6, 7, 8, 9, 10, 11]


def test_unknown_names_are_told():
    with pytest.raises(KeyError, match='no joint set "coco20"'):
        get_joint_set('coco20')
    with pytest.raises(KeyError, match='L_Toe'):
        get_joint_set('coco19').index('L_Toe')
