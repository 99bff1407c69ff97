# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from mmarts.engine import stream_train_loop

BATCH, STEPS = 3, 7


class Recorder(Dataset):
    """Remembers what it was asked for."""

    def __init__(self):
        self.asked = []

    def __len__(self):
        return 10

    def __getitem__(self, index):
        self.asked.append(index)
        return dict(inputs=torch.tensor([float(index)]))


class TogetherRecorder(Recorder):
    """Makes several samples in one call."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __getitems__(self, indices):
        self.calls.append(len(indices))
        return [self[index] for index in indices]


class Line(BaseModel):

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
        self.seen = []

    def forward(self, inputs, mode):
        self.seen += torch.stack(inputs).flatten().int().tolist()
        return dict(loss=self.linear(torch.stack(inputs)).square().mean())


def make_runner(work_dir, sampler='StreamSampler', dataset=Recorder):
    return Runner(
        Line(),
        str(work_dir),
        train_dataloader=dict(
            batch_size=BATCH, dataset=dataset(), sampler=dict(type=sampler)),
        train_cfg=dict(type='StreamTrainLoop', max_iters=STEPS),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-3)),
        default_hooks=dict(checkpoint=None),
        randomness=dict(seed=0),
        default_scope='mmarts',
        experiment_name=str(work_dir))


def asked(runner, steps_done=0):
    """Samples that a run makes after so many steps, in order."""
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.train_loop._iter = steps_done
    runner.train()
    return runner.train_dataloader.dataset.asked


def test_a_resumed_run_makes_only_the_samples_that_are_left(tmp_path):
    whole = asked(make_runner(tmp_path / 'whole'))
    assert len(whole) == STEPS * BATCH
    rest = asked(make_runner(tmp_path / 'rest'), steps_done=4)
    assert rest == whole[4 * BATCH:]


@pytest.mark.parametrize('steps_done', [0, 4])
def test_batches_made_together_are_those_of_the_loader(tmp_path, monkeypatch,
                                                       steps_done):
    monkeypatch.setattr(stream_train_loop, 'MADE_AT_ONCE', 3 * BATCH + 1)
    single = make_runner(tmp_path / 'single')
    asked(single, steps_done)
    together = make_runner(tmp_path / 'together', dataset=TogetherRecorder)
    asked(together, steps_done)
    assert together.model.seen == single.model.seen
    assert set(together.train_dataloader.dataset.calls) == {3 * BATCH}


@pytest.mark.robustness
def test_a_sampler_that_begins_at_the_start_only_is_refused(tmp_path):
    with pytest.raises(ValueError, match='StreamSampler.*InfiniteSampler'):
        make_runner(tmp_path, 'InfiniteSampler').train()


def test_it_stops_when_told(tmp_path):
    runner = make_runner(tmp_path)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.train_loop.stop_training = True
    assert asked(runner) == []
