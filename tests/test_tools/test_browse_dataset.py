# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Contact sheets of both datasets, from the command line."""
from pathlib import Path

import cv2
import numpy as np
import pytest
import roma

from mmarts.annotations.annotation_writer import write_annotations
from mmarts.registry import DATASETS

ROOT = Path(__file__).parents[2]
CONFIG = 'configs/arts/arts-tiny_freemotion.py'


def read(path):
    return cv2.imread(str(path))


def test_free_motion(call_tool, tmp_path):
    out = call_tool('browse_dataset', CONFIG, '--number', 5, '--rows', 2,
                    '--panel-size', 96, '--out', tmp_path, '--renderer',
                    'software')
    assert out.returncode == 0, out.stderr
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == [f'arts-tiny_freemotion_train_{i}.png' for i in (0, 1)]
    assert read(tmp_path / names[0]).shape == (192, 768, 3)
    assert read(tmp_path / names[1]).shape == (96, 384, 3)
    assert '5 of 1000000 samples' in out.stdout


@pytest.fixture
def annotated(tmp_path):
    """A config of ``MeshDataset`` on a file, made of a FreeMotion sample."""
    sample = DATASETS.build(dict(type='FreeMotion', split='test'))[0]
    inputs, sample = sample['inputs'], sample['data_samples']
    count = len(sample.frame_index)

    def repeated(value):
        return np.stack([np.asarray(value)] * count)

    np.savez(
        tmp_path / 'test.npz',
        sequence=repeated('s'),
        person=repeated('0'),
        frame_index=sample.frame_index,
        fps=sample.fps,
        joint_set=sample.joint_set,
        body_model_id=sample.body_model_id,
        image_size=repeated(sample.image_size),
        K=repeated(sample.K),
        keypoints2d=inputs['keypoints2d'],
        keypoints2d_score=inputs['keypoints2d_score'],
        joints3d=sample.joints3d,
        global_orient=roma.rotmat_to_rotvec(sample.global_orient),
        body_pose=roma.rotmat_to_rotvec(sample.body_pose),
        betas=sample.betas,
        transl=sample.transl)
    config = tmp_path / 'mesh.py'
    config.write_text(f'''_base_ = '{ROOT / CONFIG}'
test_dataloader = dict(dataset=dict(
    _delete_=True, type='MeshDataset', ann_file='{tmp_path}/test.npz'))
''')
    return config


def test_mesh_dataset_looks_like_the_data_it_was_made_of(
        call_tool, annotated, tmp_path):
    common = ('--split', 'test', '--out', tmp_path, '--panel-size', 128,
              '--renderer', 'software')
    out = call_tool('browse_dataset', annotated, *common)
    assert out.returncode == 0, out.stderr
    assert '1 of 1 samples' in out.stdout
    bodies = read(tmp_path / 'mesh_test_0.png')[:, 256:]
    assert (bodies > 100).mean() > 0.02
    out = call_tool('browse_dataset', annotated, *common, '--cfg-options',
                    'model.body_model.type=SMPL')
    assert out.returncode == 0, out.stderr
    assert 'Drawing without meshes. There is no body model file' in out.stdout
    bare = read(tmp_path / 'mesh_test_0.png')[:, 256:]
    assert (bare > 100).mean() < (bodies > 100).mean() / 2


def test_an_annotation_file_in_its_pictures(call_tool, tmp_path):
    image = np.zeros((80, 100, 3), np.uint8)
    image[20:60, 30:70] = 0, 200, 0  # green where the person is
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    corners = [(30, 20), (70, 60)] + [(50, 40)] * 15
    write_annotations(
        tmp_path / 'val.mmarts',
        dict(
            fps=1.,
            joint_set='coco17',
            body_model_id='',
            sequence=np.array(['a', 'b']),
            person=np.array(['0', '0']),
            frame_index=np.array([0, 0]),
            image=np.array(['a.png', 'gone.png']),
            image_size=np.array([(100, 80)] * 2),
            keypoints2d=np.array([corners] * 2, np.float32),
            keypoints2d_score=np.ones((2, 17), np.float32)))
    out = call_tool('browse_dataset', tmp_path / 'val.mmarts', '--images',
                    tmp_path, '--panel-size', 64, '--out', tmp_path)
    assert out.returncode == 0, out.stderr
    assert '2 of 2 samples' in out.stdout
    page = read(tmp_path / 'val_frames_0.png').astype(int)
    green = (page[..., 1] > 150) & (page[..., [0, 2]].max(-1) < 80)
    # The whole picture and the box, of the sample whose picture is there.
    assert green[:, :64].mean() > 0.05 and green[:, 64:128].mean() > 0.3
    assert not green[:, 256:].any()


@pytest.mark.robustness
def test_mistakes_are_one_clear_line(call_tool, tmp_path):
    unvalidated = tmp_path / 'unvalidated.py'
    unvalidated.write_text(
        f"_base_ = '{ROOT / CONFIG}'\nval_dataloader = None\n")
    for args, words in (((unvalidated, '--split', 'val'),
                         "no val_dataloader; it has data for ['train'"),
                        (('none.py', ), 'no config "none.py"'),
                        ((CONFIG, '--number', 0), '--number, --rows')):
        out = call_tool('browse_dataset', *args, '--out', tmp_path / 'out')
        assert out.returncode != 0 and 'Traceback' not in out.stderr
        assert out.stderr.startswith('error: ') and words in out.stderr
    assert not (tmp_path / 'out').exists()
