# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A long video needs no more memory than a short one, but for the results."""
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

av = pytest.importorskip('av')
pytest.importorskip('resource')

SECONDS, RATE = 10, 30
# What may grow with the video: some kilobytes of results a frame. A frame of
# this clip is 138 kB.
KILOBYTES_A_FRAME = 4

# The real reader, tracker, network and writer; a pose that costs nothing and
# a small box in place of the body that is drawn.
CODE = """
import resource, runpy, sys
import numpy as np
from mmarts.apis import Pose2D, TrackMesher, VideoInferencer

conftest, checkpoint, out, *videos = sys.argv[1:]
box = runpy.run_path(conftest)['FlatMesher']()
mesher = TrackMesher(checkpoint)
box.__class__.__call__ = lambda self, *args: mesher(*args)

class Walk:
    def reset(self, fps):
        self.count = 0

    def __call__(self, frame):
        self.count += 1
        x = 60 + 20 * np.sin(self.count / 40)
        points = np.array([x, 60.]) + np.mgrid[:19, :2].T[0] * [1., 8.]
        box = np.concatenate([points.min(0), points.max(0)])
        return Pose2D(points.astype('f'), np.ones(19, 'f'), box.astype('f'),
                      np.zeros((33, 3), 'f'))

infer = VideoInferencer(mesher=box, pose=Walk(), renderer='software')
for video in videos:
    result = infer(video, out, progress=False)
    print(len(result.tracks[0]),
          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def repeat(source: Path, target: Path, times: int) -> None:
    """Put a video one after itself, packet by packet."""
    with av.open(str(target), 'w') as out:
        outs = None
        for turn in range(times):
            with av.open(str(source)) as container:
                outs = outs or [
                    out.add_stream_from_template(s) for s in container.streams
                ]
                for packet in container.demux():
                    if packet.dts is None:
                        continue
                    shift = round(turn * SECONDS / packet.time_base)
                    packet.pts += shift
                    packet.dts += shift
                    packet.stream = outs[packet.stream.index]
                    out.mux(packet)


@pytest.mark.slow
@pytest.mark.robustness
def test_ten_minutes_need_as_much_memory_as_ten_seconds(
        make_video, walker, trained, tmp_path):
    frames = [
        walker[abs((i + 7) % 14 - 7)][::2, ::2].copy()
        for i in range(SECONDS * RATE)
    ]
    short = make_video(frames, 'short.mp4', rate=Fraction(RATE), sound=SECONDS)
    repeat(short, tmp_path / 'long.mp4', 60)
    done = subprocess.run([
        sys.executable, '-c', CODE,
        str(Path(__file__).with_name('conftest.py')),
        str(trained / 'iter_6.pth'),
        str(tmp_path / 'out'),
        str(short),
        str(tmp_path / 'long.mp4')
    ],
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    (few, before), (many, after) = (
        map(int, line.split()) for line in done.stdout.splitlines())
    assert (few, many) == (SECONDS * RATE, 60 * SECONDS * RATE)
    # On Linux ru_maxrss is in kilobytes.
    print(f'{before} kB after {few} frames, {after} kB after {many}')
    assert after - before < KILOBYTES_A_FRAME * (many - few)
