# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Runs tflite files on LiteRT, of a network no more than is asked for."""
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Mapping, Optional

import numpy as np

MAKE_COMMAND = 'python tools/make_assets.py blazepose'


class LiteRTNetwork:
    """A tflite file: one ``(H, W, 3)`` float32 image in, its outputs out.

    Args:
        path: The file.
        num_threads: Threads of the interpreter.
        outputs: Tensors to give out, number in the file -> shape; the file's
            own outputs when None. What none of them needs is not computed.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: Without LiteRT.
        ValueError: If the file is damaged or has no such tensors.
    """

    def __init__(self,
                 path: Path,
                 num_threads: int,
                 outputs: Optional[Mapping[int, tuple]] = None) -> None:
        if not Path(path).is_file():
            raise FileNotFoundError(
                f'There is no "{path}"; run `{MAKE_COMMAND}` to get it.')
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise ImportError('BlazePose runs on LiteRT; '
                              '`pip install ai-edge-litert`.') from error
        content = Path(path).read_bytes()
        if outputs is not None:
            content = _with_outputs(content, outputs, Path(path).name)
        with _quiet_stderr():
            self._interpreter = Interpreter(
                model_content=content, num_threads=num_threads)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]['index']
        self._outputs = [
            d['index'] for d in self._interpreter.get_output_details()
        ]

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        """The outputs, in their order."""
        self._interpreter.set_tensor(self._input, image[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(i) for i in self._outputs]


def _with_outputs(content: bytes, outputs: Mapping[int, tuple],
                  name: str) -> bytes:
    """A tflite file with other outputs and the operators they need.

    LiteRT runs every operator of a file, whether or not somebody asks for
    what comes out.
    """
    # Both come with LiteRT.
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.ModelT.InitFromObj(
            schema.Model.GetRootAsModel(content, 0))
        graph = model.subgraphs[0]
        expected = all(
            tuple(graph.tensors[number].shape) == shape
            for number, shape in outputs.items())
    except Exception:  # whatever comes of offsets that lead anywhere
        expected = False
    if not expected:
        raise ValueError(f'{name} is damaged or another version than '
                         f'expected; run `{MAKE_COMMAND}` to get it.')
    needed, kept = set(outputs), []
    for operator in reversed(graph.operators):  # each after what it reads
        if needed.intersection(operator.outputs.tolist()):
            needed.update(operator.inputs.tolist())
            kept.append(operator)
    graph.operators, graph.outputs = kept[::-1], list(outputs)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b'TFL3')
    return bytes(builder.Output())


@contextmanager
def _quiet_stderr():
    """Hide LiteRT's greeting, which its C++ part writes past Python."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, 'wb') as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
