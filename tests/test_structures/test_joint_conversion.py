# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest
import torch

from mmarts.structures import JOINT_SETS, convert_joints, get_joint_set


@pytest.mark.parametrize('name', JOINT_SETS)
def test_to_itself_everything_is_kept(name):
    conversion = convert_joints(name, name)
    points = np.random.normal(size=(2, 3, len(conversion.source), 3))
    assert set(conversion.kinds) == {'same'} and not conversion.missing
    np.testing.assert_array_equal(conversion.points(points), points)


def test_missing_near_and_midpoint_are_told_apart():
    conversion = convert_joints('coco17', 'h36m17')
    assert conversion.missing == ('Torso', 'Head')
    assert conversion.of_kind('near') == ('Nose', )
    assert conversion.of_kind('midpoint') == ('Pelvis', 'Neck')
    report = conversion.report()
    assert '12 of 17 joints are the same' in report
    assert 'without a counterpart: Torso, Head.' in report
    strict = convert_joints('coco17', 'h36m17', near=False)
    assert strict.missing == ('Pelvis', 'Torso', 'Neck', 'Nose', 'Head')


def test_labels_go_to_the_annotated_half_of_spin49():
    strict = convert_joints('coco17', 'spin49', near=False)
    assert [
        j for j, k in zip(strict.target.joints, strict.kinds) if k == 'same'
    ] == [j for j in get_joint_set('spin24').joints if '_' not in j[2:]]
    assert all(j in strict.missing for j in strict.target.joints[:25])
    # And come from there.
    back = convert_joints('spin49', 'coco17')
    assert min(row[0] for row in back.rows) >= 25


def test_coco19_adds_the_midpoints_of_hips_and_shoulders():
    conversion = convert_joints('coco17', 'coco19')
    points = torch.randn(4, 17, 2)
    scores = torch.rand(4, 17)
    made, sure = conversion.points(points), conversion.scores(scores)
    torch.testing.assert_close(made[:, :17], points, atol=0, rtol=0)
    torch.testing.assert_close(made[:, 17], points[:, 11:13].mean(1))
    torch.testing.assert_close(made[:, 18], points[:, 5:7].mean(1))
    # A midpoint is as certain as its worse half.
    torch.testing.assert_close(sure[:, 17], scores[:, 11:13].amin(1))
    torch.testing.assert_close(sure[:, :17], scores, atol=0, rtol=0)


def test_what_is_missing_is_zero_and_not_valid_even_from_nan():
    conversion = convert_joints('lsp14', 'coco17')
    points = np.full((5, 14, 3), np.nan)
    points[:, 3:] = 1.0
    valid = np.isfinite(points).all(-1)
    made, kept = conversion.points(points), conversion.scores(valid)
    face = list(range(5))
    assert (made[:, face] == 0).all() and not kept[:, face].any()
    assert kept.dtype == bool and (made[kept] == 1).all()
    assert kept.sum() == 5 * 9


def test_flipping_before_or_after_is_the_same():
    for source, target in (('mpii16', 'coco19'), ('h36m17', 'spin49'),
                           ('blazepose33', 'coco19'), ('smpl24', 'h36m17')):
        conversion = convert_joints(source, target)
        points = np.random.normal(size=(len(conversion.source), 2))
        flipped = conversion.points(points[conversion.source.flip_indices])
        np.testing.assert_allclose(
            flipped,
            conversion.points(points)[conversion.target.flip_indices])


def test_same_points_of_a_body_lie_together(free_body):
    rest = {
        name: free_body.rest_joints(torch.zeros(10), name)
        for name in free_body.joint_sets
    }
    for source in rest:
        for target in rest:
            conversion = convert_joints(source, target)
            off = conversion.points(rest[source]) - rest[target]
            for distance, kind in zip(off.norm(dim=-1), conversion.kinds):
                # Metres. Names are the same, definitions differ a little.
                assert distance < dict(
                    same=0.04, near=0.09, midpoint=0.09,
                    missing=2)[kind], (source, target)


def test_nothing_in_common_is_an_error():
    with pytest.raises(ValueError, match='"mano16" and "coco17"'):
        convert_joints('mano16', 'coco17')


def test_a_wrong_number_of_joints_is_an_error():
    with pytest.raises(ValueError, match='coco17 has 17 joints'):
        convert_joints('coco17', 'coco19').points(np.zeros((4, 19, 2)))
    with pytest.raises(ValueError, match='coco17 has 17 joints'):
        convert_joints('coco17', 'coco19').scores(np.zeros((17, 19)))
