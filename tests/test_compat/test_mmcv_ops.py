# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""mmpose and mmdet without compiled mmcv: the stand-in and what runs on it."""
import importlib.util
import subprocess
import sys
import textwrap
from types import ModuleType

import pytest
import torch

from mmarts.compat import import_optional, install_mmcv_ops_stub
from mmarts.compat.mmcv_ops import EXT_NAME, _OpsStub, nms, softnms


def run_python(code, timeout=120):
    """Run code in a fresh interpreter: what it imports stays there."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c',
         textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(*packages):
    """Skip where the extra `mmarts[openmmlab]` is not installed."""
    absent = [p for p in packages if importlib.util.find_spec(p) is None]
    return pytest.mark.skipif(
        bool(absent),
        reason=f'{absent} not installed: bash tools/install_openmmlab.sh')


@pytest.fixture
def no_compiled_ops(monkeypatch):
    """mmcv as it is in mmcv-lite, whatever is installed; undone after."""
    import mmcv

    class Hide:

        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == EXT_NAME:
                raise ModuleNotFoundError(name, name=name)

    held = sys.modules.pop(EXT_NAME, None)
    attribute = mmcv.__dict__.pop('_ext', None)
    monkeypatch.setattr(sys, 'meta_path', [Hide] + sys.meta_path)
    yield mmcv
    sys.modules.pop(EXT_NAME, None)
    mmcv.__dict__.pop('_ext', None)
    if held is not None:
        sys.modules[EXT_NAME] = held
    if attribute is not None:
        mmcv._ext = attribute


def random_boxes(number, seed=0):
    """Boxes of 20 to 40 pixels, close enough for overlaps of every size."""
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(number, 2, generator=generator) * 40
    extent = torch.rand(number, 2, generator=generator) * 20 + 20
    scores = torch.rand(number, generator=generator)
    return torch.cat([corner, corner + extent], dim=1), scores


def iou_by_hand(a, b, offset):
    """Intersection over union of two boxes in plain Python floats."""
    width = max(0., min(a[2], b[2]) - max(a[0], b[0]) + offset)
    height = max(0., min(a[3], b[3]) - max(a[1], b[1]) + offset)

    def area(box):
        return (box[2] - box[0] + offset) * (box[3] - box[1] + offset)

    union = area(a) + area(b) - width * height
    return width * height / union if union else float('nan')


def nms_by_hand(boxes, scores, threshold, offset):
    """Keep a box unless a kept one of higher score covers too much of it."""
    kept = []
    for i in sorted(range(len(boxes)), key=lambda n: -scores[n]):
        if not any(
                iou_by_hand(boxes[k], boxes[i], offset) > threshold
                for k in kept):
            kept.append(i)
    return kept


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0., 0.3, 0.65, 1.])
def test_nms_equals_brute_force(threshold, offset):
    boxes, scores = random_boxes(120)
    kept = nms(boxes, scores, iou_threshold=threshold, offset=offset)
    assert kept.dtype == torch.long
    assert kept.tolist() == nms_by_hand(boxes.tolist(), scores.tolist(),
                                        threshold, offset)
    if threshold < 1:
        assert len(kept) < len(boxes)


@pytest.mark.parametrize('dtype', [torch.float16, torch.float64])
def test_nms_takes_other_dtypes(dtype):
    boxes, scores = random_boxes(40)
    boxes, scores = boxes.round().to(dtype), scores.to(dtype)
    expected = nms_by_hand(boxes.tolist(), scores.tolist(), 0.5, 0)
    assert nms(boxes, scores, 0.5).tolist() == expected


def test_nms_needs_more_than_the_threshold():
    # Overlap exactly 0.5: kept at 0.5, gone just below.
    boxes = torch.tensor([[0., 0., 2., 1.], [0., 0., 1., 1.]])
    scores = torch.tensor([0.9, 0.8])
    assert nms(boxes, scores, 0.5).tolist() == [0, 1]
    assert nms(boxes, scores, 0.49).tolist() == [0]


@pytest.mark.robustness
def test_nms_of_nothing_and_of_boxes_without_area():
    empty = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert empty.shape == (0, ) and empty.dtype == torch.long
    # 0 / 0 is no overlap: equal scores keep their order.
    points = torch.ones(3, 4)
    assert nms(points, torch.full((3, ), 0.5), 0.5).tolist() == [0, 1, 2]


@pytest.mark.gpu
def test_nms_returns_to_the_gpu():
    boxes, scores = random_boxes(50)
    kept = nms(boxes.cuda(), scores.cuda(), 0.5)
    assert kept.is_cuda
    assert kept.cpu().tolist() == nms(boxes, scores, 0.5).tolist()


def run_softnms(boxes, scores, method, threshold=0.3, sigma=0.5, low=1e-3):
    dets = boxes.new_empty(len(boxes), 5)
    kept = softnms(boxes, scores, dets, threshold, sigma, low, method, 0)
    return dets[:len(kept)], kept


def test_softnms_naive_is_nms():
    boxes, scores = random_boxes(60)
    dets, kept = run_softnms(boxes, scores, method=0)
    assert kept.tolist() == nms(boxes, scores, 0.3).tolist()
    torch.testing.assert_close(dets[:, :4], boxes[kept])
    torch.testing.assert_close(dets[:, 4], scores[kept])


@pytest.mark.parametrize('method', [1, 2])
def test_softnms_scores_are_products_of_decays(method):
    boxes, scores = random_boxes(40)
    dets, kept = run_softnms(boxes, scores, method)
    rows, order = boxes.tolist(), kept.tolist()
    assert len(set(order)) == len(order)
    for place, index in enumerate(order):
        expected = scores[index].double()
        for earlier in order[:place]:
            iou = torch.tensor(iou_by_hand(rows[earlier], rows[index], 0))
            if method == 2:
                expected = expected * torch.exp(-iou**2 / 0.5)
            elif iou >= 0.3:
                expected = expected * (1 - iou)
        torch.testing.assert_close(
            dets[place, 4].double(), expected.double(), rtol=1e-4, atol=1e-6)
    assert bool((dets[1:, 4] <= dets[:-1, 4] + 1e-6).all())


def test_stub_is_installed_once(no_compiled_ops):
    assert install_mmcv_ops_stub() is True
    stub = sys.modules[EXT_NAME]
    assert no_compiled_ops._ext is stub
    assert install_mmcv_ops_stub() is True
    assert sys.modules[EXT_NAME] is stub
    assert importlib.util.find_spec(EXT_NAME) is not None


def test_compiled_ops_stay(no_compiled_ops):
    compiled = ModuleType(EXT_NAME)
    sys.modules[EXT_NAME] = compiled
    assert install_mmcv_ops_stub() is False
    assert sys.modules[EXT_NAME] is compiled


@pytest.mark.robustness
def test_broken_ops_are_an_error_and_leave_nothing(no_compiled_ops,
                                                   monkeypatch):

    class Broken:

        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == EXT_NAME:
                raise ImportError('undefined symbol: _ZN2at')

    monkeypatch.setattr(sys, 'meta_path', [Broken] + sys.meta_path)
    with pytest.raises(ImportError, match='build them again'):
        install_mmcv_ops_stub()
    assert EXT_NAME not in sys.modules
    assert not hasattr(no_compiled_ops, '_ext')


def test_other_ops_say_what_to_install():
    stub = _OpsStub()
    for name in ('roi_align_forward', 'deform_conv_forward', 'nms_rotated'):
        assert hasattr(stub, name)
        with pytest.raises(RuntimeError, match=f'"{name}" needs mmcv') as info:
            getattr(stub, name)(torch.zeros(1), offset=1)
        assert 'MMCV_WITH_OPS=1' in str(info.value)
        assert 'mmcv==2.1.0' in str(info.value)
    assert not hasattr(stub, '__wrapped__')


def test_mmcv_ops_import_and_run_on_the_stub():
    run_python('''
        import torch
        from mmarts.compat import install_mmcv_ops_stub
        is_stub = install_mmcv_ops_stub()
        from mmcv.ops import RoIAlign, batched_nms, nms, soft_nms

        boxes = torch.tensor([[0., 0., 10., 10.], [1., 1., 10., 10.],
                              [20., 20., 30., 30.]])
        scores = torch.tensor([.8, .9, .7])
        dets, kept = nms(boxes, scores, 0.5)
        assert kept.tolist() == [1, 2] and dets.shape == (2, 5)
        dets, kept = nms(boxes.numpy(), scores.numpy(), 0.5, max_num=1)
        assert kept.tolist() == [1]
        # Two classes: nothing overlaps within a class.
        dets, kept = batched_nms(boxes, scores, torch.tensor([0, 1, 1]),
                                 dict(type='nms', iou_threshold=0.5))
        assert kept.tolist() == [1, 0, 2]
        dets, kept = soft_nms(boxes, scores, method='gaussian')
        assert kept[0] == 1 and dets[-1, 4] < .8
        if is_stub:
            try:
                RoIAlign(7)(torch.zeros(1, 1, 9, 9), torch.zeros(1, 5))
            except RuntimeError as error:
                assert 'roi_align_forward' in str(error)
            else:
                raise AssertionError('RoIAlign ran without compiled ops')
    ''')


@pytest.mark.slow  # PointHMR's tests run HRNet-W32 as well
@needs('mmpose', 'mmdet', 'xtcocotools')
def test_mmpose_hrnet_w32_runs():
    """The packaged top-down HRNet-W32: an image in, 17 key points out."""
    run_python('''
        from pathlib import Path
        import numpy as np, torch
        from mmengine.config import Config
        from mmengine.registry import init_default_scope
        from mmengine.structures import InstanceData
        from mmarts.compat import install_mmcv_ops_stub

        install_mmcv_ops_stub()
        torch.set_num_threads(1)
        torch.manual_seed(0)
        import mmpose.models
        from mmpose.registry import MODELS
        from mmpose.structures import PoseDataSample

        config = Config.fromfile(
            Path(mmpose.__file__).parent / '.mim/configs/body_2d_keypoint/'
            'topdown_heatmap/coco/'
            'td-hm_hrnet-w32_8xb64-210e_coco-256x192.py')
        config.model.backbone.pop('init_cfg')  # names a download
        init_default_scope('mmpose')
        model = MODELS.build(config.model).eval()
        # 28.5 M parameters, as HRNet's authors report for W32.
        assert 28.4e6 < sum(p.numel() for p in model.parameters()) < 28.7e6

        sample = PoseDataSample(metainfo=dict(
            img_shape=(256, 192), input_size=(192, 256),
            input_center=np.array([96., 128.], np.float32),
            input_scale=np.array([192., 256.], np.float32),
            flip_indices=[0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13,
                          16, 15]))
        sample.gt_instances = InstanceData(
            bboxes=np.array([[0., 0., 192., 256.]], np.float32),
            bbox_scores=np.ones(1, np.float32))
        image = torch.randint(0, 256, (3, 256, 192), dtype=torch.uint8)
        result, = model.test_step(
            dict(inputs=[image], data_samples=[sample]))
        keypoints = result.pred_instances.keypoints
        assert keypoints.shape == (1, 17, 2), keypoints.shape
        assert result.pred_instances.keypoint_scores.shape == (1, 17)
        assert np.isfinite(keypoints).all()
        assert (keypoints > -8).all() and (keypoints < (200, 264)).all()
    ''')


@needs('mmdet')
@pytest.mark.slow
def test_mmdet_rtmdet_tiny_runs():
    """The packaged RTMDet-tiny: NMS runs and thins out its boxes."""
    run_python('''
        from pathlib import Path
        import torch
        from mmengine.config import Config
        from mmengine.registry import init_default_scope
        from mmarts.compat import install_mmcv_ops_stub

        install_mmcv_ops_stub()
        torch.set_num_threads(1)
        torch.manual_seed(0)
        import mmdet.models
        from mmdet.registry import MODELS
        from mmdet.structures import DetDataSample

        config = Config.fromfile(Path(mmdet.__file__).parent /
                                 '.mim/configs/rtmdet/'
                                 'rtmdet_tiny_8xb32-300e_coco.py')
        config.model.backbone.pop('init_cfg')  # names a download
        init_default_scope('mmdet')
        model = MODELS.build(config.model).eval()
        sample = DetDataSample(metainfo=dict(
            img_shape=(320, 320), ori_shape=(320, 320), pad_shape=(320, 320),
            scale_factor=(1., 1.)))
        image = torch.randint(0, 256, (3, 320, 320), dtype=torch.uint8)
        result, = model.test_step(
            dict(inputs=[image], data_samples=[sample]))
        found = result.pred_instances
        assert found.bboxes.shape == (len(found), 4)
        assert 0 < len(found) <= 300  # max_per_img
        assert torch.isfinite(found.bboxes).all()
        assert (found.scores[1:] <= found.scores[:-1]).all()
        # Within a class no two of the boxes overlap above the threshold.
        from mmdet.structures.bbox import bbox_overlaps
        same = found.labels[:, None] == found.labels[None]
        iou = bbox_overlaps(found.bboxes, found.bboxes)
        iou.fill_diagonal_(0)
        # NMS shifts each class by thousands of pixels: float32 rounding.
        threshold = config.model.test_cfg.nms.iou_threshold
        assert iou[same].max() <= threshold + 1e-3
    ''')


def test_import_optional_names_the_command(tmp_path, monkeypatch):
    (tmp_path / 'half_there.py').write_text('import nowhere_to_be_found\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ImportError, match='install_openmmlab.sh'):
        import_optional('no_such_package.models')
    with pytest.raises(
            ImportError, match='needs "nowhere_to_be_found".*pip install x'):
        import_optional('half_there', command='pip install x')
    assert import_optional('json').dumps(1) == '1'
