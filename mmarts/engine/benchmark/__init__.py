# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a network costs: time, multiplications, memory."""
from .cost import count_flops, count_parameters, peak_memory
from .subject import BODIES, VERTICES, Subject, build_subject
from .timing import Spread, matmul_gflops, precision, spread_of
from .video import loop_seconds, synthetic_track, windows_seconds

__all__ = [
    'BODIES', 'Spread', 'Subject', 'VERTICES', 'build_subject', 'count_flops',
    'count_parameters', 'loop_seconds', 'matmul_gflops', 'peak_memory',
    'precision', 'spread_of', 'synthetic_track', 'windows_seconds'
]
