# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Contact sheets of both datasets, from the command line."""
from pathlib import Path

import cv2
import numpy as np
import pytest
import roma

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
