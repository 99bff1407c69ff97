# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Two training steps of a packaged config, and a short clip for the demo.

    python try_wheel.py CLIP     leaves run/iter_2.pth and clip.mp4
"""
import sys

import yaml
from mmengine.config import Config

import mmarts
from mmarts.apis import VideoReader, VideoWriter
from mmarts.engine.launch import build_runner
from mmarts.engine.schedule import scale_schedule
from mmarts.utils import config_path

CONFIG = 'arts/arts-tiny_freemotion.py'


def train() -> None:
    """Write a checkpoint of a model that knows nothing."""
    path = config_path(CONFIG)
    assert path.is_relative_to(sys.prefix), path
    cfg = Config.fromfile(path)
    scale_schedule(cfg, 2)
    cfg.work_dir = 'run'
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.train_dataloader.batch_size = 2
    build_runner(cfg).train()


def shorten(clip: str) -> None:
    """The first frames at half size."""
    with VideoReader(clip) as reader, VideoWriter(
            'clip.mp4', reader.fps, [n // 2 for n in reader.size]) as writer:
        for _, frame in zip(range(12), reader):
            writer.write(frame[::2, ::2])


def check_index() -> None:
    """Everything that model-index.yml names is in the package."""
    packed = config_path(CONFIG).parents[2]
    index = yaml.safe_load((packed / 'model-index.yml').read_text())
    for name in index['Import']:
        for model in yaml.safe_load((packed / name).read_text())['Models']:
            Config.fromfile(packed / model['Config'])


if __name__ == '__main__':
    assert mmarts.__file__.startswith(sys.prefix), mmarts.__file__
    check_index()
    train()
    shorten(sys.argv[1])
