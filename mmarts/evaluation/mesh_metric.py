# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The bookkeeping that all metrics of mmarts share."""
import logging
import math
from abc import abstractmethod
from collections import Counter
from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np
import torch
from mmengine.dist import all_gather_object, broadcast_object_list
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from mmarts.structures.windows import MERGE_RULES
from .body_set import BodyConfig, BodySet
from .protocol import Protocol
from .protocols import get_protocol
from .track import (Entry, Track, at_predicted_frames, drop_duplicates,
                    make_tracks, to_frames)

METRES_TO_MM = 1000.0


class MeshMetric(BaseMetric):
    """One entry a sample, one track a person, one mean over frames.

    :meth:`process` keeps one :class:`Entry` a sample. After gathering,
    samples that a padded sampler showed twice count once; the windows of
    one (dataset, sequence, person) are merged by a named rule and sorted by
    frame; a subclass measures each track; its values are averaged over all
    scored frames. Frames without a valid target are not scored. A NaN in a
    prediction is not skipped: the mean becomes NaN.

    After :meth:`evaluate` the attribute ``protocol`` says how the numbers
    were made (plain types, fit for JSON); it is logged as well.

    Args:
        body_model: Config, module or set of bodies; needed where joints or
            vertices come from body parameters or a mesh. A config is built
            at first use, on the device of the predictions.
        protocol: Name of a protocol (``mmarts.evaluation.protocols``). It
            decides what the arguments would; its text is printed and stored
            with the values.
        target_bodies: Further bodies that targets may be of, see
            :class:`BodySet`: 3DPW's male and female one.
        merge: Rule for overlapping windows, one of
            ``mmarts.structures.windows.MERGE_RULES``.
        group_by: Meta key, constant over a track. Adds a row
            ``<name>/<value>`` for every value, and ``<name>/mean_of_groups``
            that weighs them alike (Human3.6M's tables); ``<name>`` itself
            stays the mean over all frames.
        collect_device, prefix, collect_dir: See MMEngine's ``BaseMetric``.
    """

    merge_rules: tuple[str, ...] = MERGE_RULES
    # Names of the arrays that the rule 'mean' averages.
    averaged: tuple[str, ...] = ()
    # Which of a protocol's values this metric gives; any protocol if empty.
    defined_by: tuple[str, ...] = ()

    def __init__(self,
                 body_model: Union[None, BodyConfig, BodySet] = None,
                 protocol: Optional[str] = None,
                 target_bodies: Union[Sequence, Mapping] = (),
                 merge: str = 'nearest-mid',
                 group_by: Optional[str] = None,
                 collect_device: str = 'cpu',
                 prefix: Optional[str] = None,
                 collect_dir: Optional[str] = None) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        if merge not in self.merge_rules:
            raise ValueError(f'{type(self).__name__} merges windows by one of '
                             f'{self.merge_rules}, but got "{merge}".')
        self.merge = merge
        self.group_by = group_by
        self.protocol: dict[str, Any] = {}
        self.rules = self._rules(protocol)
        self.bodies = body_model if isinstance(
            body_model, BodySet) else BodySet(body_model, target_bodies)
        self.bodies.neutral_targets = (
            self.rules is not None and self.rules.gender == 'neutral')
        self._dataset_size: Optional[int] = None

    @abstractmethod
    def frame_arrays(
            self,
            samples: Sequence[dict]) -> list[tuple[dict[str, Tensor], str]]:
        """Arrays ``(T_out, ...)`` to keep of every sample, and their source.

        Args:
            samples: Cut down by :func:`at_predicted_frames`.
        """

    @abstractmethod
    def measure(self, track: Track) -> dict[str, np.ndarray]:
        """Values ``(F',)`` by name, one for every scored frame of a track."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """The part of the protocol that the arguments decide."""

    @torch.no_grad()
    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep one entry of every sample.

        Raises:
            ValueError: If a sample breaks the contract of
                ``MeshDataSample``; the text says how.
        """
        samples = [at_predicted_frames(s) for s in data_samples]
        for sample, kept in zip(samples, self.frame_arrays(samples)):
            self.results.append(self._entry(sample, *kept))

    def evaluate(self, size: int) -> dict:
        """Gather the entries of all processes and average.

        Args:
            size: Samples of the dataset. MMEngine cuts the gathered list at
                this length, which loses samples where padding is not at the
                end; here duplicates are found by their ids, and ``size``
                only serves as a check.
        """
        gathered = sum(all_gather_object(len(self.results)))
        self._dataset_size = size
        metrics = super().evaluate(gathered)
        protocol = [self.protocol]
        broadcast_object_list(protocol)
        self.protocol = protocol[0]
        return metrics

    def compute_metrics(self, results: list[Entry]) -> dict[str, float]:
        """Means by name; NaN, and a warning, where no frame was scored."""
        entries = drop_duplicates(results)
        tracks = make_tracks(entries, self.merge, self.averaged)
        if self.rules is not None:
            tracks = self._scored_tracks(tracks)
        scored: dict[str, list[tuple[str, np.ndarray]]] = {}
        for track in tracks:
            for name, values in self.measure(track).items():
                scored.setdefault(name, []).append((track.group, values))
        frames = {n: sum(len(v) for _, v in p) for n, p in scored.items()}
        metrics: dict[str, float] = {}
        for name, parts in scored.items():
            metrics.update(_means(name, parts, self.group_by is not None))
        self._set_protocol(entries, tracks, len(results), frames)
        self._warn(entries)
        if self.rules is not None:
            _log(self.rules.text())
        _log(self._protocol_line())
        if self.group_by is not None:
            _log('\n'.join(f'  {k}: {v:.2f}' for k, v in metrics.items()))
        return metrics

    def bodies_for(self, samples: Sequence[dict]) -> BodySet:
        """The bodies; configs are built where the predictions are."""
        device = next((v.device for s in samples
                       for k, v in s.items() if k.startswith('pred_')
                       and torch.is_tensor(v) and v.is_floating_point()),
                      'cpu')
        return self.bodies.on(device)

    def _rules(self, protocol: Optional[str]) -> Optional[Protocol]:
        """The protocol of that name, if this metric is part of it."""
        if protocol is None:
            return None
        rules = get_protocol(protocol)
        if self.defined_by and not set(self.defined_by) & set(rules.metrics):
            raise ValueError(
                f'{type(self).__name__} gives {", ".join(self.defined_by)}, '
                f'but protocol "{protocol}" defines '
                f'{", ".join(rules.metrics)}; take it off the evaluators.')
        return rules

    def _scored_tracks(self, tracks: list[Track]) -> list[Track]:
        """The frames that count by the protocol.

        Raises:
            ValueError: If there is none.
        """
        kept = [t.cut(self.rules.frames.mask(t)) for t in tracks]
        kept = [track for track in kept if len(track.frames)]
        if tracks and not kept:
            names = sorted({t.sequence for t in tracks})
            raise ValueError(
                f'Protocol "{self.rules.name}" scores '
                f'{self.rules.frames.words}, but there is no such frame among '
                f'{len(names)} sequences ({", ".join(names[:3])} ...).')
        return kept

    def _entry(self, sample: dict, arrays: dict[str, Tensor],
               source: str) -> Entry:
        wanted = ('dataset', 'sequence', 'person', 'fps')
        if self.group_by is not None:
            wanted += (self.group_by, )
        missing = [k for k in wanted if k not in sample]
        if missing:
            raise ValueError(f'{type(self).__name__} needs the meta keys '
                             f'{wanted} of every sample, but {missing} are '
                             f'missing from one with {sorted(sample)}.')
        window = to_frames(sample['frame_index'])
        fps = sample['fps']
        return Entry(
            *(str(sample[k]) for k in ('dataset', 'sequence', 'person')),
            fps=math.nan if fps is None else float(fps),
            group='' if self.group_by is None else str(sample[self.group_by]),
            window=(int(window.min()), int(window.max())),
            frames=to_frames(sample['pred_frame_index']),
            arrays={
                k: v.cpu().numpy()
                for k, v in arrays.items()
            },
            source=source)

    def _set_protocol(self, entries: list[Entry], tracks: list[Track],
                      gathered: int, frames_scored: dict[str, int]) -> None:
        named = {} if self.rules is None else dict(
            protocol=self.rules.name, text=self.rules.text())
        self.protocol = dict(
            metric=type(self).__name__,
            **named,
            **self.describe(),
            merge=self.merge,
            group_by=self.group_by,
            sources=dict(Counter(e.source for e in entries)),
            fps=sorted({t.fps
                        for t in tracks if not math.isnan(t.fps)}),
            samples=len(entries),
            duplicates=gathered - len(entries),
            tracks=len(tracks),
            frames_merged=sum(len(t.frames) for t in tracks),
            frames_scored=frames_scored)

    def _protocol_line(self) -> str:
        words = {
            k: v
            for k, v in self.protocol.items()
            if k not in ('metric', 'text') and v is not None
        }
        for key, value in words.items():
            if isinstance(value, dict):
                words[key] = ', '.join(f'{k}: {v}' for k, v in value.items())
            elif isinstance(value, (list, tuple)):
                words[key] = ', '.join(str(v) for v in value)
        return f'{self.protocol["metric"]}: ' + '; '.join(
            f'{k.replace("_", " ")} {v}' for k, v in words.items())

    def _warn(self, entries: list[Entry]) -> None:
        name = type(self).__name__
        size, distinct = self._dataset_size, len(entries)
        if size is not None and distinct != size:
            _log(
                f'{name}: the dataset has {size} samples, but {distinct} '
                'distinct ones (dataset, sequence, person, frames) came.',
                logging.WARNING)
        for key, count in self.protocol['frames_scored'].items():
            if not count:
                _log(
                    f'{name}: {key} is NaN, because no frame could be scored: '
                    'no valid target, or no stretch of frames that is long '
                    'enough.', logging.WARNING)
        broken = sum(
            bool(np.isnan(v).any()) for e in entries
            for k, v in e.arrays.items() if k.startswith('pred'))
        if broken:
            _log(f'{name}: {broken} predictions hold NaN.', logging.WARNING)


def _means(name: str, parts: list[tuple[str, np.ndarray]],
           grouped: bool) -> dict[str, float]:
    """Mean over all frames; with groups also theirs, and the mean of those.

    A group without a scored frame is NaN in its row and left out of
    ``mean_of_groups``.
    """
    rows = {name: _mean([values for _, values in parts])}
    if not grouped:
        return rows
    groups = {
        group: _mean([v for g, v in parts if g == group])
        for group in sorted({g
                             for g, _ in parts})
    }
    scored = {g for g, v in parts if len(v)}
    rows.update((f'{name}/{g}', mean) for g, mean in groups.items())
    rows[f'{name}/mean_of_groups'] = _mean(
        [np.array([mean for g, mean in groups.items() if g in scored])])
    return rows


def _mean(parts: list[np.ndarray]) -> float:
    values = np.concatenate(parts)
    return float(values.mean()) if len(values) else math.nan


def _log(text: str, level: int = logging.INFO) -> None:
    print_log(text, logger='current', level=level)
