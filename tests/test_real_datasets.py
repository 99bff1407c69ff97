# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Original formats, converted, trained on for a step, and measured."""
import json
from pathlib import Path

import numpy as np
import pytest
from dataset_files import body_folder, pw3d_sequence, write_pw3d
from human36m_files import FRAMES, Motion
from joblib_files import write_joblib
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import Evaluator
from mmengine.optim import build_optim_wrapper
from mpi_files import Sequence
from real_data import add_features
from toy_body import toy_arrays

from mmarts.annotations.annotation_file import AnnotationFile
from mmarts.datasets.converters.convert import convert_dataset
from mmarts.evaluation.protocols import get_protocol
from mmarts.registry import DATASETS, METRICS, MODELS
from mmarts.structures import check_sample

ROOT = Path(__file__).parents[1]
LENGTH, FEAT = 8, 32
# Config -> its protocol, and metrics that it has.
CONFIGS = {
    'arts_3dpw.py': ('3dpw-14', 'vertices/mpvpe'),
    'arts_h36m.py': ('h36m-p2', 'joints3d/pa_mpjpe'),
    'arts_mpi-inf-3dhp.py': ('mpi-inf-3dhp', 'joints3d/auc'),
    'ablations/table2/arts_cross_3dpw.py': ('3dpw-14', 'vertices/mpvpe'),
}


def fits(count):
    """SMPL parameters of frames, by their number."""
    rng = np.random.default_rng(0)
    return {
        str(frame):
        dict(
            pose=rng.normal(0, .2, 72).tolist(),
            shape=rng.normal(0, 1, 10).tolist(),
            trans=rng.normal(0, .1, 3).tolist())
        for frame in range(count)
    }


def write_originals(root):
    """The three datasets as their owners give them."""
    for split, name in (('train', 'courtyard_toy_00'), ('test',
                                                        'downtown_toy_00')):
        write_pw3d(root / '3DPW', split, pw3d_sequence(name, frames=20))
    for subject in (1, 9):
        Motion(subject).write_json(root / 'Human36M', fits(FRAMES))
    Sequence().write_train(root / 'MPI')
    Sequence(17, 1).write_test(root / 'MPI')
    path = root / 'MPI-INF-3DHP_SMPL_NeuralAnnot.json'
    path.write_text(json.dumps({'2': {'1': fits(20)}}))
    return path


def write_released(folder, annotations):
    """CPN's 2D and features of pictures, as PMCE and ARTS give them away."""
    for kind in ('cpn', 'db'):
        (folder / kind).mkdir(parents=True)
    for split in ('train', 'test'):
        arrays = AnnotationFile(annotations / f'{split}.mmarts').arrays
        names = [name.decode().split('/')[-1] for name in arrays['image']]
        points = (arrays['keypoints2d'] + 3).tolist()
        (folder / f'cpn/Human36M_{split}_cpn_joint_2d.json').write_text(
            json.dumps(dict(zip(names, points))))
        feat = np.random.default_rng(0).normal(size=(len(names), FEAT))
        write_joblib(
            folder / f'db/h36m_{split}_imgfeat_db_concat.pt',
            dict(features=feat.astype('f4'), img_name=np.array(names)))


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    """A folder with ``data/`` as the converters fill it."""
    root = tmp_path_factory.mktemp('real')
    bodies = body_folder(root / 'data' / 'body_models')
    np.save(bodies / 'J_regressor_extra.npy',
            toy_arrays()['J_regressor_extra'])
    annotated = write_originals(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('MMARTS_BODY_MODELS', str(bodies))
        for folder, source, options in (('3dpw', '3DPW', dict(type='pw3d')),
                                        ('h36m', 'Human36M',
                                         dict(type='h36m', fit_limit_mm=1e6)),
                                        ('h36m-coco', 'Human36M',
                                         dict(
                                             type='h36m',
                                             fit_limit_mm=1e6,
                                             joint_set='coco19')),
                                        ('mpi-inf-3dhp', 'MPI',
                                         dict(type='mpi-inf-3dhp')),
                                        ('mpi-inf-3dhp-coco', 'MPI',
                                         dict(
                                             type='mpi-inf-3dhp',
                                             joint_set='coco19',
                                             fits=str(annotated)))):
            report = convert_dataset(options, str(root / source),
                                     root / 'data' / folder)
            # Human3.6M's are of a file, below.
            for split in report['splits'] if folder != 'h36m' else ():
                path = root / 'data' / folder / f'{split}.mmarts'
                add_features(path, path, FEAT)
    write_released(root / 'released', root / 'data' / 'h36m')
    for name, kind, source, target, options in (('features', 'db', 'h36m',
                                                 'h36m-feat', {}),
                                                ('detections', 'cpn',
                                                 'h36m-feat', 'h36m-cpn',
                                                 dict(joint_set='h36m17'))):
        convert_dataset(
            dict(
                type=name, annotations=str(root / 'data' / source), **options),
            str(root / 'released' / kind), root / 'data' / target)
    return root


def small(config):
    """The config with few channels and short windows."""
    cfg = Config.fromfile(ROOT / 'configs' / 'arts' / config)
    model = cfg.model
    model.num_frames = model.lifter.num_frames = LENGTH
    model.feature.feat_dim = FEAT
    model.lifter.update(dim=16, depth=1, num_heads=2, init_cfg=None)
    model.pose_ik.update(
        feat_dim=FEAT, num_frames=LENGTH, hidden_dim=32, dim=16, num_heads=2)
    model.refiner.update(
        feat_dim=FEAT, dim=16, num_heads=2, fused_dim=32, hidden_dim=32)
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        loader.dataset.num_frames = LENGTH
    return cfg


@pytest.mark.parametrize('config', CONFIGS)
def test_a_config_trains_and_is_measured_by_its_protocol(
        config, data_root, monkeypatch):
    monkeypatch.chdir(data_root)
    cfg = small(config)
    model = MODELS.build(cfg.model)
    train = DATASETS.build(cfg.train_dataloader.dataset)
    items = [train[i] for i in range(4)]
    for item in items:
        check_sample(item['data_samples'])
    losses = model.train_step(
        pseudo_collate(items), build_optim_wrapper(model, cfg.optim_wrapper))
    assert losses['loss'].isfinite() and losses['loss_mesh'] > 0

    protocol, metric = CONFIGS[config]
    test = DATASETS.build(cfg.test_dataloader.dataset)
    evaluator = Evaluator([METRICS.build(m) for m in cfg.test_evaluator])
    model.eval()
    for start in range(0, len(test), 16):
        batch = [test[i] for i in range(start, min(start + 16, len(test)))]
        evaluator.process(model.test_step(pseudo_collate(batch)))
    values = evaluator.evaluate(len(test))
    assert np.isfinite(values[metric]) and values['joints3d/mpjpe'] > 0
    for part in evaluator.metrics:
        assert part.protocol['text'] == get_protocol(protocol).text()


def test_cameras_and_bodies_that_count(data_root, monkeypatch):
    """The frontal camera of S9; targets of the subject's own body."""
    monkeypatch.chdir(data_root)
    names = set()
    for path in ('h36m-cpn/test', 'h36m-coco/train', 'mpi-inf-3dhp/test'):
        file = AnnotationFile(data_root / 'data' / f'{path}.mmarts')
        names |= {
            file.track_name(i)[0]
            for i in range(len(file.track_starts) - 1)
        }
    frontal = get_protocol('h36m-p2').frames
    counted = [
        name for name in sorted(names) if frontal.mask(toy_track(name)).any()
    ]
    assert counted == ['s_09_act_14_subact_01_ca_04']
    train, test = (
        set(
            np.atleast_1d(
                AnnotationFile(data_root / 'data' / '3dpw' /
                               f'{split}.mmarts').arrays['body_model_id']))
        for split in ('train', 'test'))
    assert len(train) == 1 and len(test) == 2 and not train & test


def toy_track(name):
    from mmarts.evaluation.track import Track
    return Track('', name, '0', 25., '', np.arange(3), {}, (0, 2))
