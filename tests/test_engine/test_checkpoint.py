# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a run leaves behind: read, refused, resumed, measured."""
import json

import numpy as np
import pytest
import torch

from mmarts.body_models import FreeBody
from mmarts.compat.safe_load import load_checkpoint
from mmarts.registry import MODELS

CONFIG = 'configs/arts/arts-tiny_freemotion.py'
SMALL_TEST = ('test_dataloader.dataset.views=1',
              'test_dataloader.dataset.stride=16')


def test_meta_says_all_that_is_needed(trained):
    checkpoint = load_checkpoint(trained / 'iter_6.pth')
    meta = checkpoint['meta']['mmarts']
    assert set(meta) == {
        'model', 'custom_imports', 'version', 'body_model_id', 'joint_set',
        'num_frames', 'fps', 'normalizer', 'train_seconds'
    }
    assert meta['body_model_id'] == FreeBody().body_model_id
    assert (meta['joint_set'], meta['num_frames'], meta['fps']) == ('coco19',
                                                                    16, 30.0)
    assert meta['normalizer'] == 'BoxNormalizer'
    assert 0 < meta['train_seconds'] < 60
    assert type(meta['model']) is dict


def test_model_is_rebuilt_from_meta_alone(trained):
    checkpoint = load_checkpoint(trained / 'iter_6.pth')
    model = MODELS.build(checkpoint['meta']['mmarts']['model'])
    model.load_state_dict(checkpoint['state_dict'], strict=True)


def test_body_is_no_part_of_the_weights(trained):
    state_dict = load_checkpoint(trained / 'iter_6.pth')['state_dict']
    assert not [k for k in state_dict if k.startswith('body_model.')]
    # A small model has a small file: nothing with a row for each vertex.
    assert all(6890 not in value.shape for value in state_dict.values())


@pytest.mark.robustness
def test_foreign_objects_are_refused_and_do_not_run(trained, tmp_path):

    class Foreign:

        def __reduce__(self):
            return (tmp_path / 'it_ran').touch, ()

    checkpoint = torch.load(trained / 'iter_6.pth', weights_only=False)
    checkpoint['meta']['foreign'] = Foreign()
    torch.save(checkpoint, tmp_path / 'foreign.pth')
    with pytest.raises(ValueError, match='cannot be read as a checkpoint'):
        load_checkpoint(tmp_path / 'foreign.pth')
    assert not (tmp_path / 'it_ran').exists()


@pytest.mark.robustness
@pytest.mark.parametrize('content, words', [
    (b'', 'cannot be read'),
    (b'no zip at all', 'cannot be read'),
])
def test_broken_files_are_one_clear_line(tmp_path, content, words):
    path = tmp_path / 'broken.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as error:
        load_checkpoint(path)
    assert '\n' not in str(error.value)
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        load_checkpoint(tmp_path / 'nowhere.pth')


@pytest.mark.robustness
def test_weights_of_others_are_named(tmp_path):
    torch.save(dict(state_dict={}, meta={}), tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r'lacks meta\["mmarts"\]'):
        load_checkpoint(tmp_path / 'other.pth')


def test_resume_goes_on(trained, call_tool, tmp_path):
    before = load_checkpoint(trained / 'iter_6.pth')
    out = call_tool('train', CONFIG, '--work-dir', tmp_path, '--max-iters', 10,
                    '--resume', trained / 'iter_6.pth', '--cfg-options',
                    'train_cfg.val_begin=40_000',
                    'train_dataloader.batch_size=2',
                    'default_hooks.logger.interval=1')
    assert out.returncode == 0, out.stderr
    log = out.stdout + out.stderr
    # The next step is the 7th; no earlier one is done again.
    assert 'Iter(train) [ 7/10]' in log and 'Iter(train) [ 6/10]' not in log
    after = load_checkpoint(tmp_path / 'iter_10.pth')
    assert after['meta']['iter'] == 10
    assert (after['meta']['mmarts']['train_seconds']
            > before['meta']['mmarts']['train_seconds'])
    history = [
        c['message_hub']['log_scalars']['train/loss']['log']
        for c in (before, after)
    ]
    assert len(history[0]) == 6 and len(history[1]) == 10
    torch.testing.assert_close(history[1][:6], history[0])
    steps = [
        sum(p['step'] for p in c['optimizer']['state'].values())
        for c in (before, after)
    ]
    assert steps[1] > steps[0]


def test_resume_without_a_checkpoint_begins_as_usual(trained, call_tool,
                                                     tmp_path):
    """A run killed before its first checkpoint still has its first stage."""
    first = trained / 'iter_6.pth'
    out = call_tool('train', CONFIG, '--work-dir', tmp_path, '--max-iters', 1,
                    '--resume', '--cfg-options', f'load_from={first}',
                    'train_cfg.val_begin=40_000',
                    'train_dataloader.batch_size=2',
                    'default_hooks.logger.interval=1')
    assert out.returncode == 0, out.stderr
    log = out.stdout + out.stderr
    assert f'Load checkpoint from {first}' in log
    assert 'Iter(train) [1/1]' in log and 'resumed epoch' not in log


def test_test_writes_metrics_protocols_and_pictures(trained, call_tool,
                                                    tmp_path):
    out = call_tool('test', CONFIG, trained / 'iter_6.pth', '--work-dir',
                    tmp_path, '--out', tmp_path / 'test.json', '--show-dir',
                    tmp_path / 'pictures', '--show-interval', 40,
                    '--cfg-options', *SMALL_TEST)
    assert out.returncode == 0, out.stderr
    result = json.loads((tmp_path / 'test.json').read_text())
    assert all(np.isfinite(v) for v in result['metrics'].values())
    names = ' '.join(result['metrics'])
    assert all(
        word in names for word in ('pa_mpjpe', 'mpvpe', 'accel', 'pve_t'))
    assert len(result['protocols']) == 4
    assert result['protocols'][0]['joint_set'] == 'h36m17'
    windows = result['protocols'][0]['samples']
    pictures = list((tmp_path / 'pictures').glob('*.png'))
    assert len(pictures) == (windows + 39) // 40 > 1


@pytest.mark.robustness
def test_weights_for_another_body_are_an_error(trained, call_tool, tmp_path,
                                               other_body_file):
    out = call_tool('test', CONFIG, trained / 'iter_6.pth', '--work-dir',
                    tmp_path, '--cfg-options', 'model.body_model.type=SMPL',
                    f'model.body_model.model_path={other_body_file}',
                    *SMALL_TEST)
    assert out.returncode != 0
    error = [
        line for line in out.stderr.splitlines() if line.startswith('error: ')
    ]
    assert len(error) == 1 and 'refit_body.py' in error[0]
    assert 'free' in error[0] and '"other-' in error[0]
    assert 'Traceback' not in out.stderr
