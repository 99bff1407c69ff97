# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Scores the predictions of any program by a named protocol."""
from .files import read_tracks
from .scoring import Score, score
from .track_data import TrackData

__all__ = ['Score', 'TrackData', 'read_tracks', 'score']
