# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""tools/eval_predictions.py: any file, one protocol, clear errors."""
import json
import os
import pickle
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from toy_annotations import toy_annotations

from mmarts.annotations.annotation_writer import write_annotations
from mmarts.evaluation.protocols import get_protocol
from mmarts.structures import get_joint_set

TOOL = Path(__file__).parents[2] / 'tools' / 'eval_predictions.py'
SIZES = dict(walk=30, run=25)


@pytest.fixture
def poses():
    """Sequence -> (prediction, target) ``(F, 17, 3)`` metres."""
    rng = np.random.default_rng(0)
    target = {k: rng.normal(0, 0.3, (n, 17, 3)) for k, n in SIZES.items()}
    return {
        k: ((v + rng.normal(0, 0.05, v.shape)).astype('f4'), v.astype('f4'))
        for k, v in target.items()
    }


def flat(poses, which, **more):
    """Columns with one row a frame, sequences one after the other."""
    joints = [p[which] for p in poses.values()]
    return dict(
        sequence=np.repeat(list(poses), [len(j) for j in joints]),
        frame_index=np.concatenate([np.arange(len(j)) for j in joints]),
        joints3d=np.concatenate(joints),
        joint_set='h36m17',
        fps=30.,
        **more)


@pytest.fixture
def files(poses, tmp_path):
    """Paths of a prediction in several forms, and of the ground truth."""
    np.savez(tmp_path / 'gt.npz', **flat(poses, 1))
    rows = flat(poses, 0)
    np.savez(tmp_path / 'flat.npz', **rows)
    shuffled = np.random.default_rng(1).permutation(len(rows['frame_index']))
    np.savez(tmp_path / 'shuffled.npz', **{
        k: v[shuffled] if np.ndim(v) else v
        for k, v in rows.items()
    })
    nested = {
        name: dict(pred_joints3d=pred, frame_ids=np.arange(len(pred)))
        for name, (pred, _) in poses.items()
    }
    (tmp_path / 'nested.pkl').write_bytes(pickle.dumps(nested))
    (tmp_path / 'people.pkl').write_bytes(
        pickle.dumps({
            k: {
                '0': v
            }
            for k, v in nested.items()
        }, protocol=2))
    tracks = [
        dict(sequence=name, joint_set='h36m17', kp_3d=pred.tolist())
        for name, (pred, _) in poses.items()
    ]
    (tmp_path / 'tracks.json').write_text(json.dumps(tracks))
    mm = dict(rows, joints3d=1000 * rows['joints3d'])
    np.savez(tmp_path / 'mm.npz', **mm)
    return tmp_path


def expected(poses, protocol='3dpw-14'):
    """MPJPE in millimetres, from its definition."""
    rules = get_protocol(protocol)
    joints = get_joint_set('h36m17')
    root = joints.index(*rules.root)
    index = joints.index(*rules.eval_joints)
    errors = []
    for pred, target in poses.values():
        centred = [(x - x[:, root].mean(1, keepdims=True))[:, index]
                   for x in (pred.astype('f8'), target.astype('f8'))]
        errors.append(np.linalg.norm(centred[0] - centred[1], axis=-1).mean(1))
    return 1000 * np.concatenate(errors).mean()


def evaluate(call_tool, files, pred, *args, gt='gt.npz', protocol='3dpw-14'):
    return call_tool('eval_predictions', files / pred, files / gt,
                     '--protocol', protocol, *args)


@pytest.mark.parametrize('pred, args',
                         [('flat.npz', ()), ('shuffled.npz', ()),
                          ('nested.pkl', ('--pred-joints', 'h36m17')),
                          ('people.pkl', ('--pred-joints', 'h36m17')),
                          ('tracks.json', ()),
                          ('mm.npz', ('--pred-unit', 'mm'))])
def test_all_forms_give_the_same_number(call_tool, files, poses, pred, args):
    out = evaluate(call_tool, files, pred, '--out', files / 'out.json', *args)
    assert out.returncode == 0, out.stderr
    assert '55 of 55 labelled frames that count are predicted.' in out.stdout
    result = json.loads((files / 'out.json').read_text())
    assert result['metrics']['mpjpe'] == pytest.approx(
        expected(poses), rel=1e-5)
    assert result['protocol']['text'] == get_protocol('3dpw-14').text()
    assert result['protocol']['text'] in out.stdout
    assert result['metrics']['accel_mm_per_frame2_30fps'] > 1
    assert 'mpvpe was not measured: the predictions hold neither' in out.stdout
    # The protocol once, and nothing of what each metric logs.
    assert out.stdout.count('3dpw-14: ') == 1 and 'INFO' not in out.stdout


def test_frames_meet_by_their_number(call_tool, files, poses):
    """A program that starts later, or gives more frames than are labelled."""
    rows = flat(poses, 0)
    for name, count in SIZES.items():
        rows['frame_index'][rows['sequence'] == name] += 3
    late = {
        k: v[rows['frame_index'] < 25] if np.ndim(v) else v
        for k, v in rows.items()
    }
    np.savez(files / 'late.npz', **late)
    out = evaluate(call_tool, files, 'late.npz')
    assert out.returncode == 1 and 'Traceback' not in out.stderr
    assert '11 of 55 labelled frames in 2 tracks have no prediction, 8 of ' \
        'them in walk/0; --allow-missing' in out.stderr
    out = evaluate(call_tool, files, 'late.npz', '--allow-missing')
    assert out.returncode == 0
    assert '44 of 55 labelled frames' in out.stdout
    assert 'NOT comparable' in out.stdout


def test_rows_for_every_sequence(call_tool, files, poses):
    out = evaluate(call_tool, files, 'flat.npz', '--group-by', 'sequence',
                   '--out', files / 'out.json')
    metrics = json.loads((files / 'out.json').read_text())['metrics']
    assert metrics['mpjpe/walk'] == pytest.approx(
        expected(dict(walk=poses['walk'])), rel=1e-5)
    assert 'mpjpe/run' in out.stdout


def test_fourteen_joints_relative_to_the_root(call_tool, files, poses):
    """The root need not be stored where it is the origin."""
    joints = get_joint_set('h36m17')
    index = joints.index(*get_joint_set('pw3d14').joints)
    rows = flat(poses, 0)
    joints3d = rows.pop('joints3d')
    np.savez(
        files / 'rel.npz', **{
            **rows, 'joint_set': 'pw3d14',
            'joints3d_rel': (joints3d - joints3d[:, :1])[:, index]
        })
    out = evaluate(call_tool, files, 'rel.npz', '--out', files / 'out.json')
    assert out.returncode == 0, out.stderr
    metrics = json.loads((files / 'out.json').read_text())['metrics']
    assert metrics['mpjpe'] == pytest.approx(expected(poses), rel=1e-5)
    np.savez(files / 'lost.npz', **{
        **rows, 'joint_set': 'pw3d14',
        'joints3d': joints3d[:, index]
    })
    out = evaluate(call_tool, files, 'lost.npz')
    assert 'needs Pelvis; joints3d of sequence "walk" (pw3d14)' in out.stderr


def test_body_parameters_and_an_annotation_file(call_tool, tmp_path,
                                                free_body):
    truth = toy_annotations(free_body, 20)
    write_annotations(tmp_path / 'gt.mmarts', truth, source='a test')
    rng = np.random.default_rng(0)
    pose = np.concatenate([truth['global_orient'], truth['body_pose']], 1)
    (tmp_path / 'pred.pkl').write_bytes(
        pickle.dumps(
            dict(
                a=dict(
                    pose=(pose +
                          rng.normal(0, 0.1, pose.shape)).reshape(20, 72),
                    shape=np.ones(10)))))
    out = call_tool('eval_predictions', tmp_path / 'pred.pkl',
                    tmp_path / 'gt.mmarts', '--protocol', '3dpw-14', '--body',
                    'free', '--out', tmp_path / 'out.json')
    assert out.returncode == 0, out.stderr
    result = json.loads((tmp_path / 'out.json').read_text())
    assert set(result['metrics']) >= {'mpjpe', 'pa_mpjpe', 'mpvpe'}
    assert 0 < result['metrics']['pa_mpjpe'] < result['metrics']['mpjpe']
    assert not result['skipped']
    out = call_tool('eval_predictions', tmp_path / 'pred.pkl',
                    tmp_path / 'gt.mmarts', '--protocol', '3dpw-14')
    assert out.returncode == 1 and '(--body)' in out.stderr


def test_mpi_inf_3dhp_has_pck_and_auc(call_tool, tmp_path):
    rng = np.random.default_rng(0)
    target = rng.normal(0, 0.3, (10, 28, 3))
    common = dict(joint_set='mpi_inf_3dhp28', fps=25., sequence='TS1')
    np.savez(tmp_path / 'gt.npz', joints3d=target, **common)
    np.savez(tmp_path / 'pred.npz', joints3d=target + 0.04, **common)
    out = evaluate(call_tool, tmp_path, 'pred.npz', protocol='mpi-inf-3dhp')
    assert out.returncode == 0, out.stderr
    for row in ('pck', 'auc', '100.00'):
        assert row in out.stdout


class Bomb:

    def __reduce__(self):
        return print, ('it ran', )


def broken(files, poses):
    """Name of a file -> what is said of it."""
    rows = flat(poses, 0)
    np.savez(files / 'gaps.npz', **dict(rows, joints3d=rows['joints3d'][:9]))
    np.savez(files / 'set.npz', **dict(rows, joint_set='coco17x'))
    np.savez(files / 'count.npz', **dict(rows, joint_set='coco19'))
    np.savez(files / 'flatmm.npz',
             **dict(rows, joints3d=1000 * rows['joints3d']))
    np.savez(files / 'none.npz', sequence=rows['sequence'])
    np.savez(files / 'names.npz', **dict(rows, sequence=np.full(55, 'x')))
    twice = dict(rows, frame_index=np.zeros(55, int))
    np.savez(files / 'twice.npz', **twice)
    bare = {k: v for k, v in rows.items() if k != 'joint_set'}
    np.savez(files / 'bare.npz', **bare)
    np.savez(files / 'shape.npz', **dict(rows, joints3d=np.zeros((55, 7))))
    (files / 'bomb.pkl').write_bytes(pickle.dumps(dict(a=Bomb())))
    (files / 'cut.json').write_text('{"a": [1, 2')
    (files / 'list.json').write_text('[1, 2]')
    (files / 'cut.npz').write_bytes((files / 'flat.npz').read_bytes()[:-200])
    (files / 'what.txt').write_text('')
    return {
        'gaps.npz': 'frame_index',
        'set.npz': 'There is no joint set "coco17x"',
        'count.npz': 'has 17 joints, but coco19 19',
        'flatmm.npz': 'is it in millimetres? (--pred-unit mm',
        'none.npz': 'none of joints3d',
        'names.npz': 'comes twice',
        'twice.npz': 'frame 0 comes twice',
        'bare.npz': '--pred-joints',
        'shape.npz': 'should be (F, points, 3), but is (30, 7)',
        'bomb.pkl': 'safely',
        'cut.json': 'is no JSON',
        'list.json': 'entry 0 should be a track',
        'cut.npz': 'is no .npz file, or is damaged',
        'what.txt': 'should be a .npz, .pkl, .json or .mmarts',
        'nowhere.npz': 'There is no file',
    }


@pytest.mark.robustness
def test_bad_files_are_one_clear_line(call_tool, files, poses):
    for name, words in broken(files, poses).items():
        out = evaluate(call_tool, files, name)
        line = out.stderr.splitlines()[0]
        assert out.returncode == 1, name
        assert line.startswith('error: ') and name in line, line
        assert words in line, (name, line)
        assert 'it ran' not in out.stdout


@pytest.mark.robustness
def test_names_that_do_not_meet_are_shown(call_tool, files, poses):
    rows = flat(poses, 0)
    rows['sequence'] = np.char.add('seq_', rows['sequence'])
    np.savez(files / 'other.npz', **rows)
    out = evaluate(call_tool, files, 'other.npz')
    assert 'seq_run/0' in out.stderr and 'walk/0' in out.stderr
    out = evaluate(call_tool, files, 'flat.npz', protocol='h36m-p2')
    assert 'frontal camera 60457274' in out.stderr
    out = evaluate(call_tool, files, 'flat.npz', protocol='3dpw')
    assert 'There is no protocol "3dpw"; mmarts has 3dpw-14' in out.stderr


def test_help_teaches_and_protocols_can_be_shown(call_tool):
    out = call_tool('eval_predictions', '--help')
    assert out.returncode == 0
    for words in ('examples:', '3dpw-arts-release', '--allow-missing',
                  'joints3d_rel'):
        assert words in out.stdout
    out = call_tool('eval_predictions', '--show', 'h36m-p2')
    assert out.stdout.strip() == get_protocol('h36m-p2').text()


# The command, and what it has loaded at the end.
CHILD = '''
import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
print('loaded', *sys.modules)
'''


@pytest.mark.parametrize('truth', ['npz', 'mmarts'])
def test_all_of_3dpw_takes_seconds(tmp_path, truth):
    """35,515 frames: the whole command, in processor time of one thread."""
    rng = np.random.default_rng(0)
    sizes = np.full(37, 35515 // 37)
    sizes[:35515 - sizes.sum()] += 1
    names = dict(
        sequence=np.repeat([f's{i}' for i in range(37)], sizes),
        frame_index=np.concatenate([np.arange(n) for n in sizes]))
    target = rng.normal(0, 0.3, (35515, 17, 3)).astype('f4')
    values = dict(joint_set='h36m17', fps=30.)
    np.savez(tmp_path / 'pred.npz', joints3d=target + 0.01, **names, **values)
    if truth == 'npz':
        np.savez(tmp_path / 'gt.npz', joints3d=target, **names, **values)
    else:
        write_annotations(
            tmp_path / 'gt.mmarts',
            dict(
                joints3d=target,
                joints3d_valid=np.ones((35515, 17), bool),
                person=np.full(35515, '0'),
                **names,
                **values),
            source='a test')
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([
        sys.executable, '-c', CHILD, TOOL, tmp_path / 'pred.npz',
        tmp_path / f'gt.{truth}', '--protocol', '3dpw-14'
    ],
                          env=dict(os.environ, OMP_NUM_THREADS='1'),
                          capture_output=True,
                          text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert '35515 of 35515 labelled frames' in done.stdout
    # 2 to 3 s, of which two thirds are torch's; with what follows it was 5.
    loaded = set(done.stdout.rpartition('loaded ')[2].split())
    assert not loaded & {
        'roma', 'torch._dynamo', 'scipy', 'mmarts.body_models',
        'mmarts.datasets', 'mmarts.visualization'
    }
    assert (after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime) < 5
