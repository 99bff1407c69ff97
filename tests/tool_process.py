# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Tools in processes of their own that begin with everything imported.

A fresh interpreter needs seconds to import torch and MMEngine; a fork of a
server that has done so needs none.
"""
import multiprocessing
import os
import runpy
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TIMEOUT_S = 120
_PRELOAD = [
    'matplotlib.pyplot', 'mmengine.runner', 'mmarts.datasets',
    'mmarts.engine.launch', 'mmarts.evaluation', 'mmarts.models'
]


def run_processes(tool: str,
                  args: list,
                  work_dir: Path,
                  count: int = 1) -> list[int]:
    """Exit codes of ``tools/<tool>.py`` in so many processes.

    Args:
        tool: Name of the tool.
        args: Its arguments; ``--work-dir`` and the launcher are added.
        work_dir: Outputs go to ``log_<rank>.txt`` in it.
        count: Processes; with more than one they find each other as those
            of torchrun do. A process that was killed has exit code -9; the
            others are ended when the first one ends badly.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(_PRELOAD)
    args = [str(a) for a in (*args, '--work-dir', work_dir)]
    shared = dict(OMP_NUM_THREADS='1', CUDA_VISIBLE_DEVICES='')
    if count > 1:
        args += ['--launcher', 'pytorch']
        shared.update(
            MASTER_ADDR='127.0.0.1',
            MASTER_PORT=str(free_port()),
            WORLD_SIZE=str(count))
    processes = [
        context.Process(
            target=_run,
            args=(tool, args,
                  dict(shared, RANK=str(rank),
                       LOCAL_RANK=str(rank)), work_dir / f'log_{rank}.txt'))
        for rank in range(count)
    ]
    for process in processes:
        process.start()
    return _wait(processes)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]


def _run(tool: str, args: list, env: dict, log: Path) -> None:
    os.environ.update(env)
    with open(log, 'a') as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(log.parent)
    import torch
    from mmengine.config import config
    torch.set_num_threads(1)
    # Laying out the config's text takes half the time of so short a run.
    config.FormatCode = lambda text, **_: (text, True)
    sys.argv = [f'{tool}.py', *args]
    runpy.run_path(str(ROOT / 'tools' / f'{tool}.py'), run_name='__main__')


def _wait(processes: list) -> list[int]:
    from multiprocessing.connection import wait
    running = list(processes)
    while running:
        done = wait([p.sentinel for p in running], timeout=_TIMEOUT_S)
        for process in running:
            process.join(0)
        bad = not done or any(p.exitcode for p in running)
        running = [p for p in running if p.exitcode is None]
        if bad:
            for process in running:
                process.kill()
                process.join()
            break
    return [p.exitcode for p in processes]
