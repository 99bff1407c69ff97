# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A published file is small, safe, and nearly the same network."""
import pytest
import torch

from mmarts.compat.safe_load import load_checkpoint


@pytest.fixture
def published(trained, tmp_path, call_tool):
    source, out = trained / 'iter_6.pth', tmp_path / 'small.pth'
    done = call_tool('publish_checkpoint', source, out)
    assert done.returncode == 0, done.stderr
    assert 'SHA-256' in done.stdout
    return load_checkpoint(source), load_checkpoint(out), out


def test_weights_are_those_of_the_run_in_half_precision(published):
    whole, small, path = published
    assert set(small) == {'state_dict', 'meta'}
    assert small['meta'] == dict(mmarts=whole['meta']['mmarts'])
    numbers = 0
    for name, value in whole['state_dict'].items():
        kept = small['state_dict'][name]
        numbers += value.numel()
        torch.testing.assert_close(kept.to(value), value, rtol=1e-3, atol=1e-4)
    assert path.stat().st_size < 2.2 * numbers


def test_a_file_too_large_is_not_written(trained, tmp_path, call_tool):
    done = call_tool('publish_checkpoint', trained / 'iter_6.pth',
                     tmp_path / 'small.pth', '--max-mb', '0.1')
    assert done.returncode == 1 and '--max-mb 0.1' in done.stderr
    assert not list(tmp_path.glob('small*'))
