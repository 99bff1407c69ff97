# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json

import cv2
import numpy as np
import pytest
import torch

from mmarts.apis.detection.boxed_blazepose import BoxedBlazePose
from mmarts.apis.detection.mmpose_pose import MMPosePose


def coco_people(shared):
    root = shared / 'samples/mmpose_tests/coco'
    content = json.loads((root / 'test_coco.json').read_text())
    names = {i['id']: i['file_name'] for i in content['images']}
    for person in content['annotations']:
        points = np.array(person['keypoints'], float).reshape(-1, 3)
        if points[:, 2].any():
            x, y, width, height = person['bbox']
            yield (root / names[person['image_id']],
                   np.array([x, y, x + width, y + height]), points)


def test_blazepose_finds_the_people_of_the_boxes(shared):
    detector, errors = BoxedBlazePose(), []
    for path, box, points in coco_people(shared):
        frame = cv2.imread(str(path))[..., ::-1]
        keypoints, scores = detector(frame, box[None])
        assert keypoints.shape == (1, 19, 2) and scores.max() > 0.5
        seen = points[:, 2] > 0
        errors += (np.linalg.norm(
            keypoints[0, :17] - points[:, :2] - 0.5, axis=-1)[seen] /
                   (box[2:] - box[:2]).max()).tolist()
    # Left and right are those of the annotators: a swap is a large error.
    assert np.median(errors) < 0.04 and np.mean(np.array(errors) < 0.1) > 0.8


def test_nobody_is_found_where_nobody_is():
    frame = np.full((120, 160, 3), 90, np.uint8)
    keypoints, scores = BoxedBlazePose()(frame, np.array([[20, 20, 90, 100]]))
    assert not scores.any() and not keypoints.any()


@pytest.mark.slow
def test_a_model_of_mmpose(tmp_path):
    pytest.importorskip('mmpose')
    config = ('mmpose::body_2d_keypoint/topdown_heatmap/coco/'
              'td-hm_hrnet-w32_8xb64-210e_coco-256x192.py')
    model = MMPosePose(config)
    assert model.joint_set == 'coco17'
    frame = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    boxes = np.array([[20., 30, 100, 180], [150, 30, 230, 180]])
    keypoints, scores = model(frame, boxes)
    assert keypoints.shape == (2, 17, 2) and scores.shape == (2, 17)
    # Heat is looked for in the box and a quarter more of it.
    low, high = boxes[:, None, :2] - 40, boxes[:, None, 2:] + 40
    assert ((keypoints > low) & (keypoints < high)).all()
    weights = tmp_path / 'weights.pth'
    torch.save(dict(state_dict=model.model.state_dict()), weights)
    again = MMPosePose(config, str(weights))
    np.testing.assert_array_equal(again(frame, boxes)[0], keypoints)
    torch.save(dict(state_dict=dict(other=torch.zeros(1))), weights)
    with pytest.raises(ValueError, match='does not fit the model'):
        MMPosePose(config, str(weights))


@pytest.mark.slow
@pytest.mark.robustness
def test_no_config():
    pytest.importorskip('mmpose')
    with pytest.raises(FileNotFoundError, match='no config file "none.py"'):
        MMPosePose('none.py')
