# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import cv2
import pytest

CONFIG = 'configs/int_hmr/int-tiny_phase3_freemotion.py'
NAMES = ('prior_bodies', 'picture_attention', 'temporal_attention')


def test_three_figures_are_drawn(call_tool, tmp_path):
    out = call_tool('analysis/token_attention', CONFIG, '--out', tmp_path,
                    '--joints', 'left_knee', 'head', '--pictures', 2,
                    '--cfg-options', 'test_dataloader.dataset.num_frames=3',
                    'test_dataloader.dataset.crop_size=32',
                    'model.tokens.image_size=32')
    assert out.returncode == 0, out.stderr
    for name in NAMES:
        picture = cv2.imread(str(tmp_path / f'{name}.png'))
        assert picture is not None and picture.std() > 5


@pytest.mark.robustness
def test_a_joint_that_no_body_has_is_one_clear_line(call_tool, tmp_path):
    out = call_tool('analysis/token_attention', CONFIG, '--out', tmp_path,
                    '--joints', 'tail')
    assert out.returncode and "no ['tail']" in out.stderr
    assert not list(tmp_path.iterdir())
