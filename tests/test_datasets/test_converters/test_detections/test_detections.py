# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import json
import os
import pickle

import numpy as np
import pytest

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.annotations.annotation_writer import write_annotations
from mmarts.datasets import MeshDataset
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.structures import get_joint_set

FRAMES = 6
RNG = np.random.default_rng(0)
# The skeletons that the detector finds: person, frame, COCO joint.
FOUND = RNG.uniform(0, 40, (2, FRAMES, 17, 2)).round(3)
FOUND[1] += 300
SCORES = RNG.uniform(.2, 1, (2, FRAMES, 17)).round(3)


def boxes(points):
    return np.concatenate([points.min(-2) - 5, points.max(-2) + 5], -1)


def rows(**change):
    """Two persons of one video, whose rows have boxes and pictures."""
    frames = np.tile(np.arange(FRAMES), 2)
    return dict(
        dict(
            sequence=np.full(2 * FRAMES, 'walk'),
            person=np.repeat(['0', '1'], FRAMES),
            frame_index=frames,
            image_size=np.full((2 * FRAMES, 2), (640, 480)),
            keypoints2d=np.full((2 * FRAMES, 19, 2), 7.),
            keypoints2d_score=np.ones((2 * FRAMES, 19)),
            box=boxes(FOUND).reshape(-1, 4),
            image=np.array([f'videos/walk/{f:05d}.jpg' for f in frames]),
            annotation_id=100 + np.arange(2 * FRAMES),
            fps=30.,
            joint_set='coco19',
            body_model_id=''), **change)


def scored(person, frame):
    return np.hstack([FOUND[person, frame], SCORES[person,
                                                   frame][:, None]]).tolist()


def instance(person, frame):
    return dict(
        keypoints=FOUND[person, frame].tolist(),
        keypoint_scores=SCORES[person, frame].tolist(),
        bbox=[boxes(FOUND[person, frame]).tolist()],
        bbox_score=.9)


def every(make):
    """One entry a frame and person, the second person first."""
    return [make(p, f) for f in range(FRAMES) for p in (1, 0)]


def by_frame(first):
    return [
        dict(frame_id=f + first, instances=[instance(1, f),
                                            instance(0, f)])
        for f in range(FRAMES)
    ]


LAYOUTS = dict(
    demo=('results_walk.json', dict(meta_info={}, instance_info=by_frame(1))),
    inferencer=('walk.json', by_frame(0)),
    vitpose_annotation=(
        'a.json',
        every(lambda p, f: dict(
            annotation_id=100 + p * FRAMES + f, keypoints=scored(p, f)))),
    vitpose_image=(
        'a.json',
        every(lambda p, f: dict(
            image_name=f'data/walk/{f:05d}.jpg', keypoints=scored(p, f)))),
    coco_results=('a.json',
                  every(lambda p, f: dict(
                      image_id=f,
                      category_id=1,
                      score=.5,
                      keypoints=np.ravel(scored(p, f)).tolist()))),
    nested=('3DPW_train_joint_coco_img_noise.json',
            dict(
                walk={
                    str(f): {
                        str(p): scored(p, f)
                        for p in (1, 0)
                    }
                    for f in range(FRAMES)
                })))


@pytest.fixture
def convert(tmp_path):
    """``convert(name, content, ...)``: the report and the file."""
    (tmp_path / 'in').mkdir()
    write_annotations(tmp_path / 'test.mmarts', rows())

    def run(files, skip_bad=False, **options):
        for name, content in files.items():
            content = content if isinstance(
                content, bytes) else json.dumps(content).encode()
            (tmp_path / 'in' / name).write_bytes(content)
        options.setdefault('annotations', str(tmp_path / 'test.mmarts'))
        report = convert_dataset(
            dict(type='detections', **options),
            str(tmp_path / 'in'),
            tmp_path / 'out',
            skip_bad=skip_bad)
        return report['splits'], AnnotationFile(tmp_path / 'out' /
                                                'test.mmarts')

    return run


@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_layout_finds_its_rows(convert, layout):
    report, file = convert(dict([LAYOUTS[layout]]))
    assert report['test']['skipped'] == {}
    arrays = file.arrays
    np.testing.assert_allclose(
        arrays['keypoints2d'][:, :17], FOUND.reshape(-1, 17, 2), rtol=1e-6)
    np.testing.assert_allclose(
        arrays['keypoints2d_score'][:, :17], SCORES.reshape(-1, 17), rtol=1e-6)
    hips = get_joint_set('coco19').index('L_Hip', 'R_Hip')
    np.testing.assert_allclose(
        arrays['keypoints2d'][:, 17],
        FOUND.reshape(-1, 17, 2)[:, hips].mean(1),
        rtol=1e-6)
    # What was annotated is the target.
    assert (arrays['keypoints2d_label'] == 7).all()
    sample = MeshDataset(str(file.path), num_frames=4)[0]
    assert (sample['data_samples'].keypoints2d == 7).all()
    assert (sample['inputs']['keypoints2d'] != 7).all()


def test_a_second_detector_keeps_the_first_labels(convert, tmp_path):
    convert(dict([LAYOUTS['nested']]))
    (tmp_path / 'out' / 'test.mmarts').rename(tmp_path / 'test.mmarts')
    _, file = convert(dict([LAYOUTS['nested']]))
    assert (file.arrays['keypoints2d_label'] == 7).all()
    assert file.arrays['keypoints2d_valid'].all()


def test_what_nobody_found_has_score_zero_and_is_counted(convert):
    content = [e for e in by_frame(0) if e['frame_id'] != 2]
    content[0]['instances'].pop()  # person 0, the last of the frame
    report, file = convert({'walk.json': content})
    missed = report['test']['skipped']['rows without a detection']
    assert missed['count'] == 3
    assert missed['examples'][0].endswith('walk, person 0, frame 0')
    scores = file.arrays['keypoints2d_score']
    assert not scores[[0, 2, FRAMES + 2]].any()
    assert scores[[1, FRAMES]].all()


def test_frames_are_those_of_the_original(convert, tmp_path):
    # Every second frame of a video of 60 frames a second.
    write_annotations(tmp_path / 'test.mmarts', rows(source_fps=60.))
    content = [
        dict(frame_id=2 * f, instances=[instance(0, f),
                                        instance(1, f)]) for f in range(FRAMES)
    ]
    arrays = convert({'walk.json': content})[1].arrays
    np.testing.assert_allclose(
        arrays['keypoints2d'][:, :17], FOUND.reshape(-1, 17, 2), rtol=1e-6)


def test_videopose_files_and_pictures_of_human36m(convert, tmp_path):
    points = RNG.uniform(0, 999, (4, FRAMES, 17, 2)).astype('f4')
    names = [
        f'S9/Directions 1/{c}'
        for c in ('54138969', '55011271', '58860488', '60457274')
    ]
    h36m = rows(
        sequence=np.repeat(names[:2], FRAMES),
        person=np.full(2 * FRAMES, '0'),
        keypoints2d=np.zeros((2 * FRAMES, 17, 2)),
        keypoints2d_score=np.ones((2 * FRAMES, 17)),
        image=np.array([
            f's_09_act_02_subact_01_ca_0{c}/s_09_act_02_subact_01_ca_0{c}_'
            f'{f + 1:06d}.jpg' for c in (1, 2) for f in range(FRAMES)
        ]),
        joint_set='h36m17')
    del h36m['box']
    write_annotations(tmp_path / 'test.mmarts', h36m)
    path = tmp_path / 'in' / 'data_2d_h36m_cpn_ft_h36m_dbb.npz'
    np.savez(
        path,
        positions_2d=np.array({'S9': {
            'Directions 1': list(points)
        }}, object),
        metadata=np.array({}, object))
    arrays = convert({}, joint_set='h36m17')[1].arrays
    np.testing.assert_array_equal(arrays['keypoints2d'],
                                  points[:2].reshape(-1, 17, 2))
    path.unlink()
    cpn = {
        name.decode().split('/')[-1]: skeleton.tolist()
        for name, skeleton in zip(arrays['image'], points[2:].reshape(
            -1, 17, 2))
    }
    arrays = convert({'cpn.json': cpn}, joint_set='h36m17')[1].arrays
    np.testing.assert_allclose(arrays['keypoints2d'],
                               points[2:].reshape(-1, 17, 2))


class _Runs:

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path), )


@pytest.mark.robustness
def test_broken_files_are_one_line_and_the_others_count(convert, tmp_path):
    good = dict([LAYOUTS['nested']])
    bad = {
        'cut.json': (b'[{"image_id": 1, "keyp', 'no complete JSON file'),
        'schema.json': (dict(a=dict(b=[1])), 'has 2 levels of keys'),
        'keys.json': ([dict(image_id=1)], 'entry 0 has no "keypoints"'),
        'nan.json': ([dict(image_id=1, keypoints=[[float('nan'), 1, 1]])],
                     'entry 0: keypoints are not finite'),
        'count.json': ([dict(image_id=1, keypoints=[[1, 1, 1]] * 5)],
                       'holds .5. keypoints, but "coco17" has 17'),
        'scores.json':
        ([dict(image_id=1, keypoints=[[1, 1]] * 17,
               keypoint_scores=[1])], 'entry 0 has 17 keypoints and 1 scores'),
        'number.json': (3, 'holds no detections'),
        'other.npz': (b'PK', 'no .npz file')
    }
    for name, (content, words) in bad.items():
        with pytest.raises(ValueError, match=f'^{name}:? .*{words}'):
            convert({name: content, **good})
        report, file = convert({}, skip_bad=True)
        assert len(report['test']['bad']) == 1
        assert file.arrays['keypoints2d_score'].all()
        (tmp_path / 'in' / name).unlink()


@pytest.mark.robustness
def test_a_pickle_in_an_npz_does_not_run(convert, tmp_path):
    victim = tmp_path / 'made'
    np.savez(
        tmp_path / 'in' / 'evil.npz',
        positions_2d=np.array(_Runs(victim), object))
    with pytest.raises(ValueError, match='mkdir'):
        convert({})
    assert not victim.exists()
    assert pickle.dumps(_Runs(victim))


def test_other_inputs_are_refused(convert, tmp_path):
    with pytest.raises(ValueError, match='no files'):
        convert({})
    with pytest.raises(FileNotFoundError, match='no annotation file'):
        convert({}, annotations=str(tmp_path / 'no.mmarts'))
    with pytest.raises(KeyError, match='coco18'):
        convert({}, joint_set='coco18')
