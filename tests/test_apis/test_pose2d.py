# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""BlazePose on a real person: where the joints must be, whatever they are."""
import numpy as np
import pytest

from mmarts.apis.pose2d import BlazePose2D, landmarks_to_pose2d
from mmarts.apis.pose2d.blazepose import (ASSETS, LANDMARKS, BlazePoseDetector,
                                          BlazePoseLandmarker, Landmarks,
                                          Region)
from mmarts.apis.pose2d.litert import MAKE_COMMAND, LiteRTNetwork
from mmarts.structures import get_joint_set

pytest.importorskip('av')
pytest.importorskip('ai_edge_litert')

COCO19 = get_joint_set('coco19')
# The man of the clip, frames 0 to 7, read off the picture by eye, pixels:
# x1 y1 x2 y2 from the top of the cap to the toes.
PERSON = 460, 400, 820, 1340


@pytest.fixture(scope='module')
def pose():
    return BlazePose2D()


def joint(pose2d, name):
    return pose2d.keypoints2d[COCO19.index(name)[0]]


@pytest.fixture(scope='module')
def first(pose, clip_frames):
    pose.reset()
    return pose(clip_frames[0])


def test_keypoints_are_on_the_person(first):
    assert first.keypoints2d.shape == (19, 2) and first.scores.shape == (19, )
    assert ((first.scores >= 0) & (first.scores <= 1)).all()
    x1, y1, x2, y2 = PERSON
    inside = ((first.keypoints2d > [x1, y1]) &
              (first.keypoints2d < [x2, y2])).all(-1)
    assert inside.all()
    assert first.scores.mean() > 0.7


def test_body_is_in_order_from_head_to_feet(first):
    heights = [
        joint(first, n)[1]
        for n in ('Nose', 'Neck', 'Pelvis', 'L_Knee', 'L_Ankle')
    ]
    assert (np.diff(heights) > 40).all()


def test_left_is_left(first):
    # He shows his back, so his left is on the left of the picture.
    for part in ('Shoulder', 'Hip', 'Wrist', 'Elbow', 'Ankle'):
        assert joint(first, f'L_{part}')[0] < joint(first, f'R_{part}')[0]


def test_means_are_means_and_as_certain_as_their_worse_half(first):
    for mean, part in (('Pelvis', 'Hip'), ('Neck', 'Shoulder')):
        sides = COCO19.index(f'L_{part}', f'R_{part}')
        np.testing.assert_allclose(
            joint(first, mean), first.keypoints2d[sides].mean(0), atol=1e-3)
        own = first.scores[COCO19.index(mean)[0]]
        assert own == pytest.approx(first.scores[sides].min())


def test_metric_landmarks_look_like_the_picture(first):
    """Both come from the same network: x and y agree up to a scale."""
    left, right, nose = (
        LANDMARKS.index(n) for n in ('left_hip', 'right_hip', 'nose'))
    assert np.abs(first.landmarks3d[[left, right]].mean(0)).max() < 0.03
    metric = np.stack([
        first.landmarks3d[LANDMARKS.index(n)]
        for n in ('nose', 'left_shoulder', 'right_shoulder', 'left_knee',
                  'right_knee', 'left_ankle', 'right_ankle')
    ])[:, :2]
    pixels = np.stack([
        joint(first, n) for n in ('Nose', 'L_Shoulder', 'R_Shoulder', 'L_Knee',
                                  'R_Knee', 'L_Ankle', 'R_Ankle')
    ])
    pixels = pixels - joint(first, 'Pelvis')
    cosine = (metric * pixels).sum() / (
        np.linalg.norm(metric) * np.linalg.norm(pixels))
    assert cosine > 0.97
    assert 0.4 < -first.landmarks3d[nose, 1] < 0.9  # metres above the hips


def test_following_agrees_with_detecting_anew(pose, clip_frames):
    pose.reset()
    for number in range(8):
        followed = pose(clip_frames[number])
    pose.reset()
    anew = pose(clip_frames[7])
    distance = np.linalg.norm(followed.keypoints2d - anew.keypoints2d, axis=-1)
    height = anew.box[3] - anew.box[1]
    sure = np.minimum(followed.scores, anew.scores) > 0.5
    assert np.median(distance[sure]) < 0.02 * height


def test_detector_finds_the_region_that_is_followed(pose, clip_frames):
    pose.reset()
    pose(clip_frames[40])
    detected = BlazePoseDetector()(clip_frames[40])
    followed = pose._region
    step = np.linalg.norm(detected.centre - followed.centre)
    assert step < 0.1 * followed.size
    assert 0.7 < detected.size / followed.size < 1.4
    # He bends to the left there: both turn with him.
    assert detected.rotation < -0.2 and followed.rotation < -0.2


@pytest.mark.parametrize('turns', [1, 2, 3])
def test_turning_the_picture_turns_the_pose(pose, clip_frames, first, turns):
    frame = clip_frames[0]
    pose.reset()
    turned = pose(np.ascontiguousarray(np.rot90(frame, turns)))
    assert turned is not None
    half = np.array(frame.shape[1::-1]) / 2
    points = turned.keypoints2d - half[::-1 if turns % 2 else 1]
    for _ in range(turns):  # a quarter back, clockwise as seen
        points = points[:, ::-1] * [-1, 1]
    points = points + half
    sure = np.minimum(turned.scores, first.scores) > 0.5
    distance = np.linalg.norm(points - first.keypoints2d, axis=-1)[sure]
    assert np.median(distance) < 0.03 * (first.box[3] - first.box[1])


@pytest.mark.robustness
def test_nobody_is_none_and_then_found_again(pose, clip_frames):
    pose.reset()
    empty = np.full((300, 200, 3), 128, np.uint8)
    assert pose(empty) is None
    assert pose(clip_frames[0]) is not None
    # The person is gone: what was followed must be let go.
    assert pose(np.full_like(clip_frames[0], 128)) is None
    assert pose(clip_frames[0]) is not None


@pytest.mark.robustness
def test_for_a_moment_only_the_place_of_a_loss_is_searched(pose, clip_frames):
    """He vanishes and somebody is elsewhere: a bystander, or a cut."""
    frame = clip_frames[0][300:1500]
    elsewhere = np.full_like(frame, 128)
    elsewhere[:, 560:] = frame[:, 400:928]
    here = np.full_like(frame, 128)
    here[:, :528] = frame[:, 400:928]
    pose.reset(fps=20)
    assert pose(here) is not None
    # 0.25 s at 20 frames a second are five frames.
    assert [pose(elsewhere) is None for _ in range(7)] == [True] * 6 + [False]
    pose.reset(fps=20)
    assert pose(here) is not None
    assert pose(np.full_like(frame, 128)) is None
    back = pose(here)
    assert back is not None and joint(back, 'Pelvis')[0] < 528


def test_detector_finds_whom_it_is_sent_to(pose, clip_frames):
    frame = clip_frames[0]
    hips = pose.detector(frame).centre
    near = pose.detector(frame, hips + 20, 60.)
    np.testing.assert_allclose(near.centre, hips, atol=20)
    assert pose.detector(frame, hips + 300, 100.) is None


def test_region_there_and_back():
    hips, rim = np.array([300., 400.]), np.array([420., 310.])
    region = Region.from_alignment(hips, rim)
    np.testing.assert_allclose(region.to_image(np.full(2, 0.5)), hips)
    # The rim is straight up in the region, 1 / (2 * 1.25) from its middle.
    np.testing.assert_allclose(
        region.to_image(np.array([0.5, 0.5 - 0.4])), rim)


def test_crop_puts_pixels_where_to_image_says():
    image = np.zeros((100, 100, 3), np.uint8)
    image[30:40, 60:70] = 255
    region = Region(np.array([60., 40.]), 50., np.pi / 2)
    crop = region.crop(image, 200).astype(float).mean(-1)
    rows, columns = np.nonzero(crop > 127)
    centre = np.array([columns.mean() + 0.5, rows.mean() + 0.5]) / 200
    np.testing.assert_allclose(region.to_image(centre), [65, 35], atol=0.2)


def test_joints_come_from_landmarks_of_the_same_name():
    points = np.arange(66, dtype=np.float32).reshape(33, 2)
    region = Region(np.zeros(2), 1., 0.)
    pose2d = landmarks_to_pose2d(
        Landmarks(points, np.ones(33), np.zeros((33, 3)), 1., region))
    for name in ('Nose', 'L_Wrist', 'R_Eye', 'R_Ankle'):
        full = name.lower().replace('l_', 'left_').replace('r_', 'right_')
        np.testing.assert_array_equal(
            joint(pose2d, name), points[LANDMARKS.index(full)])


@pytest.mark.robustness
def test_missing_file_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=MAKE_COMMAND):
        BlazePoseDetector(tmp_path / 'pose_detection.tflite')


LANDMARKER = ASSETS / 'pose_landmark_full.tflite'


def test_a_part_of_a_network_gives_what_the_whole_gives(clip_frames):
    """Heatmaps and presence, in an order of our own, without the mask."""
    image = Region(np.array([640., 860.]), 1200., 0.).crop(clip_frames[0], 256)
    image = image.astype(np.float32) / 255
    whole, part = (
        LiteRTNetwork(LANDMARKER, 2, outputs) for outputs in (None, {
            298: (1, 64, 64, 39),
            342: (1, 1)
        }))
    _, presence, _, heatmaps, _ = whole(image)
    found = part(image)
    assert [x.shape for x in found] == [(1, 64, 64, 39), (1, 1)]
    np.testing.assert_allclose(found[0], heatmaps, atol=1e-3)
    np.testing.assert_allclose(found[1], presence, atol=1e-5)
    assert np.ptp(heatmaps) > 5


@pytest.mark.robustness
@pytest.mark.parametrize('outputs', [{298: (1, 32, 32, 39)}, {99999: (1, 1)}])
def test_tensors_of_another_version_are_refused(outputs):
    with pytest.raises(ValueError, match=f'another version.*{MAKE_COMMAND}'):
        LiteRTNetwork(LANDMARKER, 1, outputs)


@pytest.mark.robustness
@pytest.mark.parametrize('size', [0, 130, 100_000])
def test_a_damaged_file_is_one_clear_error(tmp_path, size):
    path = tmp_path / 'pose_landmark_full.tflite'
    path.write_bytes(LANDMARKER.read_bytes()[:size])
    with pytest.raises(ValueError, match=f'damaged.*{MAKE_COMMAND}'):
        BlazePoseLandmarker(path)
