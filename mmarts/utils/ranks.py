# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Which of several processes this one is."""
import os

# What launchers call the number of a process, and how many there are.
_RANKS = (('RANK', 'WORLD_SIZE'), ('SLURM_PROCID', 'SLURM_NTASKS'),
          ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'))


def launched_rank() -> tuple[int, int]:
    """Number of this process and how many there are, as a launcher says."""
    for rank, world in _RANKS:
        if rank in os.environ and world in os.environ:
            return int(os.environ[rank]), int(os.environ[world])
    return 0, 1
