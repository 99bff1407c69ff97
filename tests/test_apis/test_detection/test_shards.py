# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import numpy as np
import pytest

from mmarts.apis.detection.shards import Shards, write_piece
from mmarts.utils.ranks import launched_rank


def work(calls, number, path, fingerprint):
    """Two rows a piece."""
    calls.append(number)
    write_piece(path, fingerprint, row=np.array([2 * number, 2 * number + 1]))


def fail_at_2(calls, number, path, fingerprint):
    if number == 2:
        raise KeyboardInterrupt
    work(calls, number, path, fingerprint)


def test_an_interrupted_call_goes_on(tmp_path):
    calls, shards = [], Shards(tmp_path / 'a.npz', 5, 'x')
    with pytest.raises(KeyboardInterrupt):
        shards.run(fail_at_2, (calls, ))
    assert calls == [0, 1] and shards.missing() == 3
    assert not shards.join(('row', ))
    assert shards.run(work, (calls, )) == 3
    assert calls == [0, 1, 2, 3, 4]
    assert shards.join(('row', ), note='ok')
    with np.load(tmp_path / 'a.npz') as file:
        assert file['row'].tolist() == list(range(10))
        assert str(file['note']) == 'ok' and str(file['fingerprint']) == 'x'
    assert [p.name for p in tmp_path.iterdir()] == ['a.npz']


def test_other_settings_do_every_piece_again(tmp_path):
    calls = []
    Shards(tmp_path / 'a.npz', 3, 'x').run(work, (calls, ))
    Shards(tmp_path / 'a.npz', 3, 'y').run(work, (calls, ))
    assert calls == [0, 1, 2] * 2


@pytest.mark.robustness
def test_a_broken_piece_is_done_again(tmp_path):
    calls, shards = [], Shards(tmp_path / 'a.npz', 2, 'x')
    shards.run(work, (calls, ))
    shards.path(1).write_bytes(b'PK half of a file')
    assert shards.run(work, (calls, )) == 1 and calls == [0, 1, 1]


def test_ranks_share_the_pieces_and_the_last_one_joins(tmp_path):
    calls = []
    for rank in (1, 0, 2):
        shards = Shards(tmp_path / 'a.npz', 5, 'x')
        shards.run(work, (calls, ), rank=rank, world=3)
        assert shards.join(('row', )) == (rank == 2)
    assert calls == [1, 4, 0, 3, 2]
    # One that comes late finds the file.
    assert Shards(tmp_path / 'a.npz', 5, 'x').join(('row', ))
    with pytest.raises(ValueError, match='counted from 0'):
        shards.run(work, (calls, ), rank=3, world=3)


def test_launchers_say_the_rank(monkeypatch):
    for name in ('RANK', 'WORLD_SIZE', 'SLURM_PROCID', 'SLURM_NTASKS',
                 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'):
        monkeypatch.delenv(name, raising=False)
    assert launched_rank() == (0, 1)
    monkeypatch.setenv('SLURM_PROCID', '2')
    monkeypatch.setenv('SLURM_NTASKS', '4')
    assert launched_rank() == (2, 4)
    monkeypatch.setenv('RANK', '1')
    monkeypatch.setenv('WORLD_SIZE', '8')
    assert launched_rank() == (1, 8)
