# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""mmpose and mmdet over ``mmcv-lite``: a stand-in for ``mmcv._ext``.

Both packages import ``mmcv.ops``, and that imports the compiled ``mmcv._ext``,
which has no wheel for a current torch and takes 20 CPU-minutes to build. Their
HRNet and RTMDet call one function of it, ``nms``. So, on an explicit call and
only where the compiled module is absent, a module with that function (and
``softnms``) in plain torch takes its name; every other op is an error that
says what to install.
"""
import importlib
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Callable

import torch
from torch import Tensor

from .optional import import_optional

EXT_NAME = 'mmcv._ext'
LITE_COMMAND = 'pip install "mmcv-lite==2.1.0"'
BUILD_COMMAND = ('pip install "setuptools<81" ninja wheel && '
                 'pip uninstall -y mmcv-lite && '
                 'MMCV_WITH_OPS=1 FORCE_CUDA=0 MAX_JOBS=2 pip install '
                 '--no-build-isolation --no-deps mmcv==2.1.0')

_LOCK = threading.Lock()


def pairwise_iou(box: Tensor, others: Tensor, offset: int = 0) -> Tensor:
    """Intersection over union of one box with many.

    Args:
        box: ``(4,)``, x1, y1, x2, y2 in pixels.
        others: ``(N, 4)``.
        offset: Added to every width and height: 1 where the corners name the
            last pixel inside, 0 where they are coordinates.

    Returns:
        ``(N,)`` in [0, 1]; NaN between two boxes without area.
    """
    corner1 = torch.maximum(box[:2], others[:, :2])
    corner2 = torch.minimum(box[2:], others[:, 2:])
    overlap = (corner2 - corner1 + offset).clamp(min=0).prod(dim=1)
    area = (box[2:] - box[:2] + offset).prod()
    areas = (others[:, 2:] - others[:, :2] + offset).prod(dim=1)
    return overlap / (area + areas - overlap)


@torch.no_grad()
def nms(boxes: Tensor,
        scores: Tensor,
        iou_threshold: float,
        offset: int = 0) -> Tensor:
    """Greedy non-maximum suppression, as ``mmcv._ext.nms`` does it.

    A box goes when its overlap with a kept one of higher score is *larger*
    than the threshold, so two boxes without area never suppress each other.

    Args:
        boxes: ``(N, 4)``, x1, y1, x2, y2.
        scores: ``(N,)``; of equal scores the earlier box comes first.

    Returns:
        ``(M,)`` int64 indices of the kept boxes, by falling score.
    """
    # One step a kept box: on a GPU the loop would wait for the device each
    # time, so it runs on the CPU and only the indices travel back.
    boxes, device = boxes.detach().float().cpu(), boxes.device
    order = scores.detach().float().cpu().argsort(descending=True, stable=True)
    keep = []
    while len(order):
        best, order = order[0], order[1:]
        keep.append(best)
        iou = pairwise_iou(boxes[best], boxes[order], offset)
        # Negated, so that NaN keeps the box.
        order = order[~(iou > iou_threshold)]
    if not keep:
        return torch.empty(0, dtype=torch.long, device=device)
    return torch.stack(keep).to(device)


@torch.no_grad()
def softnms(boxes: Tensor, scores: Tensor, dets: Tensor, iou_threshold: float,
            sigma: float, min_score: float, method: int,
            offset: int) -> Tensor:
    """Soft-NMS (arXiv:1704.04503), as ``mmcv._ext.softnms`` does it.

    Args:
        boxes: ``(N, 4)``, x1, y1, x2, y2.
        scores: ``(N,)``.
        dets: ``(N, 5)``, written in place: the first M rows become the boxes
            with their decayed scores.
        method: 0 removes, 1 decays by ``1 - iou``, 2 by
            ``exp(-iou ** 2 / sigma)``.

    Returns:
        ``(M,)`` int64 indices, in the order in which they were taken.
    """
    scores = scores.clone()
    alive = torch.arange(len(boxes))
    taken = []
    while len(alive):
        place = scores[alive].argmax()
        best = alive[place]
        dets[len(taken), :4] = boxes[best]
        dets[len(taken), 4] = scores[best]
        taken.append(best)
        alive = torch.cat([alive[:place], alive[place + 1:]])
        iou = pairwise_iou(boxes[best], boxes[alive], offset)
        if method == 2:
            weight = torch.exp(-iou**2 / sigma)
        else:
            decayed = 1 - iou if method == 1 else torch.zeros_like(iou)
            weight = torch.where(iou >= iou_threshold, decayed,
                                 torch.ones_like(iou))
        scores[alive] *= weight
        alive = alive[~(scores[alive] < min_score)]
    return torch.stack(taken) if taken else torch.empty(0, dtype=torch.long)


def _missing_op(name: str) -> Callable:
    """A function that says which op is missing and what installs it."""

    def op(*args, **kwargs):
        raise RuntimeError(
            f'mmcv op "{name}" needs mmcv with compiled ops; this is '
            'mmcv-lite, for which mmarts provides only nms and softnms. Build '
            f'mmcv (about 20 CPU-minutes, needs a C++ compiler):\n'
            f'  {BUILD_COMMAND}')

    op.__name__ = op.__qualname__ = name
    return op


class _OpsStub(ModuleType):
    """``mmcv._ext`` without compiled code: any op name has a function."""

    def __init__(self) -> None:
        super().__init__(EXT_NAME, 'Stand-in of mmarts for the compiled ops.')
        # With a spec, importlib.util.find_spec('mmcv._ext') works too.
        self.__spec__ = ModuleSpec(EXT_NAME, None, origin=__name__)
        self.nms = nms
        self.softnms = softnms
        # mmdet and mmcv print these among the facts of the environment.
        self.get_compiler_version = lambda: 'n/a (mmcv-lite)'
        self.get_compiling_cuda_version = lambda: 'n/a (mmcv-lite)'

    def __getattr__(self, name: str) -> Callable:
        # Python and inspect ask modules for dunder names: those are no ops.
        if name.startswith('__'):
            raise AttributeError(f'module {EXT_NAME} has no {name}')
        op = _missing_op(name)
        setattr(self, name, op)
        return op


def install_mmcv_ops_stub() -> bool:
    """Let ``mmcv.ops`` import where mmcv has no compiled ops.

    Call it before mmpose or mmdet is imported. Calling it again changes
    nothing.

    Returns:
        Whether the stand-in is in use. False: the compiled ops are there, and
        nothing was changed.

    Raises:
        ImportError: There is no mmcv at all, or its compiled ops are there
            and do not load (built for another torch).
    """
    with _LOCK:
        present = sys.modules.get(EXT_NAME)
        if present is not None:
            return isinstance(present, _OpsStub)
        mmcv = import_optional('mmcv', LITE_COMMAND)
        try:
            importlib.import_module(EXT_NAME)
            return False
        except ModuleNotFoundError as error:
            if error.name != EXT_NAME:
                raise
        except ImportError as error:
            raise ImportError(
                'the compiled ops of mmcv are there and do not load; build '
                f'them again for torch {torch.__version__}:\n'
                f'  {BUILD_COMMAND}') from error
        stub = _OpsStub()
        # What a regular import does: the module first, then its parent.
        sys.modules[EXT_NAME] = stub
        mmcv._ext = stub
        return True
