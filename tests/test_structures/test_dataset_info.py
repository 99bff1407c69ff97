# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
from mmengine.config import Config

from mmarts.structures import convert_joints, get_joint_set, read_dataset_info


def describe(name, joints, links, swap=None):
    """A ``dataset_info`` in mmpose's layout."""
    swap = swap or (lambda j: j.replace('left', '#').replace('right', 'left').
                    replace('#', 'right') if j[0] in 'lr' else '')
    return dict(
        dataset_name=name,
        paper_info=dict(author='nobody', title='none', year='2024'),
        keypoint_info={
            i:
            dict(
                name=joint,
                id=i,
                color=[0, 128, 255],
                type='upper',
                swap=swap(joint))
            for i, joint in enumerate(joints)
        },
        skeleton_info={
            i: dict(link=link, id=i, color=[0, 255, 0])
            for i, link in enumerate(links)
        },
        joint_weights=[1.] * len(joints),
        sigmas=[0.05] * len(joints))


COCO = ('nose', *(f'{side}_{part}'
                  for part in ('eye', 'ear', 'shoulder', 'elbow', 'wrist',
                               'hip', 'knee', 'ankle')
                  for side in ('left', 'right')))
# mmpose's, which has rings.
COCO_LINKS = (('left_ankle', 'left_knee'), ('left_knee', 'left_hip'),
              ('right_ankle', 'right_knee'), ('right_knee', 'right_hip'),
              ('left_hip', 'right_hip'), ('left_shoulder', 'left_hip'),
              ('right_shoulder', 'right_hip'), ('left_shoulder',
                                                'right_shoulder'),
              ('left_shoulder', 'left_elbow'), ('right_shoulder',
                                                'right_elbow'), ('left_elbow',
                                                                 'left_wrist'),
              ('right_elbow',
               'right_wrist'), ('left_eye', 'right_eye'), ('nose', 'left_eye'),
              ('nose', 'right_eye'), ('left_eye', 'left_ear'), ('right_eye',
                                                                'right_ear'),
              ('left_ear', 'left_shoulder'), ('right_ear', 'right_shoulder'))


def test_cocos_description_is_coco17():
    loaded = read_dataset_info(describe('coco', COCO, COCO_LINKS))
    ours = get_joint_set('coco17')
    assert loaded.flip_indices == ours.flip_indices
    assert loaded.anatomy == ours.anatomy
    reached = {loaded.root}
    for parent, child in loaded.bones:
        assert parent in reached and child not in reached
        reached.add(child)
    assert reached == set(COCO)


def test_positions_tell_points_that_names_hide():
    joints = ('root', 'right_hip', 'right_knee', 'right_foot', 'left_hip',
              'left_knee', 'left_foot', 'spine', 'thorax', 'neck_base', 'head',
              'left_shoulder', 'left_elbow', 'left_wrist', 'right_shoulder',
              'right_elbow', 'right_wrist')
    loaded = read_dataset_info(describe('h36m', joints, ()))
    assert loaded.anatomy == get_joint_set('h36m17').anatomy
    assert loaded.flip_indices == get_joint_set('h36m17').flip_indices


def test_a_config_file_is_a_joint_set(tmp_path):
    path = str(tmp_path / 'mine.py')
    Config(
        dict(
            dataset_info=describe('mine',
                                  ('left_hip', 'right_hip', 'top_head'),
                                  (('left_hip', 'top_head'), )),
            other=1)).dump(path)
    loaded = get_joint_set(path)
    assert loaded is get_joint_set(path)
    assert (loaded.name, loaded.flip_indices) == ('mine', [1, 0, 2])
    conversion = convert_joints('coco19', path)
    assert conversion.missing == ('top_head', )
    assert conversion.rows[:2] == ((11, ), (12, ))


def test_wrong_descriptions_are_told(tmp_path):
    with pytest.raises(ValueError, match='keypoint_info'):
        read_dataset_info(dict(model=1))
    info = describe('odd', ('left_hip', 'right_hip'), ())
    info['keypoint_info'][0]['swap'] = ''
    with pytest.raises(ValueError, match="swaps .'right_hip'"):
        read_dataset_info(info)
    with pytest.raises(ValueError, match="'nose'. twice"):
        read_dataset_info(describe('two', ('nose', 'nose'), ()))
    with pytest.raises(FileNotFoundError, match='nowhere.py'):
        get_joint_set('nowhere.py')
    path = tmp_path / 'model.py'
    path.write_text('model = dict()')
    with pytest.raises(ValueError, match='model.py: mmpose describes'):
        get_joint_set(str(path))


def test_mmposes_own_configs():
    """All that its package holds, where it is installed."""
    mmpose = pytest.importorskip('mmpose')
    from pathlib import Path
    folder = Path(mmpose.__file__).parent / '.mim/configs/_base_/datasets'
    for name, ours in (('coco', 'coco17'), ('h36m', 'h36m17'),
                       ('mpii', 'mpii16'), ('aic', 'aic14'),
                       ('posetrack18', 'posetrack17'), ('mpi_inf_3dhp',
                                                        'mpi_inf_3dhp17')):
        loaded = read_dataset_info(folder / f'{name}.py')
        assert loaded.flip_indices == get_joint_set(ours).flip_indices
        named = get_joint_set(f'mmpose::_base_/datasets/{name}.py')
        assert (named.name, named.joints) == (loaded.name, loaded.joints)
    with pytest.raises(FileNotFoundError, match='mmpose::none.py'):
        get_joint_set('mmpose::none.py')


def test_a_config_of_a_package(tmp_path, monkeypatch):
    """Where a wheel has its configs, and where a checkout has them."""
    monkeypatch.syspath_prepend(tmp_path)
    info = describe('theirs', ('left_hip', 'right_hip'), ())
    for package, configs in (('a_wheel', 'a_wheel/.mim/configs'), ('checkout',
                                                                   'configs')):
        (tmp_path / configs).mkdir(parents=True)
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / '__init__.py').touch()
        Config(dict(dataset_info=info)).dump(tmp_path / configs / 'one.py')
        assert get_joint_set(f'{package}::one.py').name == 'theirs'
    with pytest.raises(FileNotFoundError, match='a_wheel::two.py'):
        get_joint_set('a_wheel::two.py')
    with pytest.raises(ImportError, match='"nobodys", which is not installed'):
        get_joint_set('nobodys::one.py')
