# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Curves of a run as MMEngine logged them."""
import json

import numpy as np
import pytest

from mmarts.engine.run_log import moving_mean, read_run


def write_log(folder, *records):
    path = folder / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(json.dumps(r) for r in records) + '\n')
    return path


def train(iteration, loss, **others):
    return dict(loss=loss, lr=.1, iter=iteration, step=iteration, **others)


def test_starts_of_a_run_are_put_together(tmp_path):
    write_log(tmp_path / '20260102', train(10, 1.), train(20, 2.),
              train(30, 3.))
    # Resumed at 15: what it repeats counts.
    write_log(tmp_path / '20260103', train(20, 5.), train(30, 6.),
              train(40, 7.))
    (tmp_path / '20260104' / 'vis_data').mkdir(parents=True)
    run = read_run(tmp_path)
    assert run.name == tmp_path.name
    assert run.train['loss'].tolist() == [[10, 1], [20, 5], [30, 6], [40, 7]]
    assert set(run.keys) == {'loss', 'lr'}
    one = read_run(tmp_path / '20260102')
    assert one.train['loss'][:, 1].tolist() == [1, 2, 3]


def test_validations_counted_in_epochs_lie_at_iterations(tmp_path):
    path = write_log(tmp_path / '1', train(50, 1., epoch=1),
                     train(80, 1., epoch=1), {
                         'pa_mpjpe': 60.,
                         'step': 1
                     }, train(160, 1., epoch=2), {
                         'pa_mpjpe': 50.,
                         'step': 2
                     })
    assert read_run(path).metrics['pa_mpjpe'].tolist() == [[80, 60], [160, 50]]


@pytest.mark.parametrize('step', [0, 50])
def test_validations_by_iteration_follow_their_training(tmp_path, step):
    path = write_log(tmp_path, train(50, 1.), dict(mpjpe=9., step=step),
                     train(90, 1.), dict(mpjpe=8., step=step and 90))
    assert read_run(path).metrics['mpjpe'].tolist() == [[50, 9], [90, 8]]


def test_validations_between_two_lines_of_the_log_lie_apart(tmp_path):
    path = write_log(tmp_path, train(50, 1.), dict(mpjpe=9., step=60),
                     dict(mpjpe=8., step=80), train(100, 1.))
    assert read_run(path).metrics['mpjpe'].tolist() == [[60, 9], [80, 8]]


def test_a_loss_ends_where_its_stage_does(tmp_path):
    path = write_log(tmp_path, train(10, 1., loss_lift=.5),
                     train(20, 1., loss_lift=.4), train(30, 1., loss_lift=.4),
                     train(40, 1., loss_lift=.4))
    run = read_run(path)
    assert run.train['loss_lift'].tolist() == [[10, .5], [20, .4]]
    assert len(run.train['loss']) == 4


def test_results_lie_at_their_checkpoint(tmp_path):
    write_log(tmp_path / '1', train(10, 1., epoch=1), train(20, 1., epoch=2))
    for name, value in (('iter_15', 3.), ('epoch_1', 4.), ('best', 5.)):
        result = dict(metrics=dict(mpjpe=value), checkpoint=f'x/{name}.pth')
        (tmp_path / f'{name}.json').write_text(json.dumps(result))
    (tmp_path / 'other.json').write_text('[1]')
    measured = read_run(tmp_path).metrics['mpjpe (test)']
    assert measured.tolist() == [[10, 4], [15, 3], [20, 5]]
    alone = read_run(tmp_path / 'iter_15.json')
    assert alone.metrics['mpjpe (test)'].tolist() == [[15, 3]]


def test_a_line_that_is_being_written_is_left_out(tmp_path):
    path = write_log(tmp_path, train(10, 1.))
    path.write_text(path.read_text() + '{"loss": 0.')
    assert len(read_run(path).train['loss']) == 1
    path.write_text('{"loss": 0.\n' + path.read_text())
    with pytest.raises(ValueError, match='scalars.json, line 1'):
        read_run(path)


def test_moving_mean_is_the_mean_of_neighbours():
    values = np.random.default_rng(0).normal(size=20)
    for window in (1, 3, 7):
        half = window // 2
        expected = [
            values[max(i - half, 0):i + half + 1].mean() for i in range(20)
        ]
        np.testing.assert_allclose(moving_mean(values, window), expected)
    np.testing.assert_allclose(moving_mean(np.ones(5), 50), 1)


@pytest.mark.robustness
def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='no log or work dir'):
        read_run(tmp_path / 'none')
    with pytest.raises(FileNotFoundError, match='vis_data/scalars.json'):
        read_run(tmp_path)
