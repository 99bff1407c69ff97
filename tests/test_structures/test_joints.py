# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest

from mmarts.structures import JOINT_SETS, get_joint_set


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
def test_bones_are_a_tree_parents_first_with_mirrored_sides(name):
    joints = get_joint_set(name)
    bones = joints.bone_indices
    reached = {bones[0][0]}
    for parent, child in bones:
        assert parent in reached and child not in reached
        reached.add(child)
    if name != 'spin49':  # its 49 hold several joints twice
        assert len(reached) == len(joints)
    assert len(set(joints.joints)) == len(joints)


def test_a_set_that_mirrors_keeps_its_bones():
    for name in ('smpl24', 'coco19', 'h36m17', 'h36m14', 'lsp14', 'smplh52',
                 'smplx55'):
        joints = get_joint_set(name)
        flip = joints.flip_indices
        bones = set(joints.bone_indices)
        assert {(flip[p], flip[c]) for p, c in bones} == bones


def test_sizes():
    sizes = {name: len(s) for name, s in JOINT_SETS.items()}
    assert sizes == dict(
        smpl24=24,
        coco17=17,
        coco19=19,
        h36m17=17,
        h36m14=14,
        lsp14=14,
        spin49=49,
        smplh52=52,
        smplx55=55,
        mano16=16,
        mano21=21)


def test_unknown_names_are_told():
    with pytest.raises(KeyError, match='no joint set "coco20"'):
        get_joint_set('coco20')
    with pytest.raises(KeyError, match='L_Toe'):
        get_joint_set('coco19').index('L_Toe')
