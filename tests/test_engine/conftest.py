# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""A config small enough to be trained many times over."""
import pytest
from tool_process import ROOT

TEXT = """
_base_ = '{root}/configs/arts/arts-tiny_freemotion.py'
custom_imports = dict(imports=['process_parts'], allow_failed_imports=False)
model = dict(
    feature=dict(hidden_dim=32, feat_dim=16),
    lifter=dict(dim=8, num_heads=2, feat_dim=16),
    pose_ik=dict(feat_dim=16, hidden_dim=16, dim=8, num_heads=2),
    refiner=dict(
        feat_dim=16, dim=8, num_heads=2, fused_dim=16, hidden_dim=16))
train_dataloader = dict(
    batch_size=4, dataset=dict(type='HoleyFreeMotion'))
# 7 windows: neither 2 processes nor batches of 2 divide them.
val_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='HoleyFreeMotion', split='test', views=1, stride=4, count=7))
val_evaluator = [
    dict(type=t, body_model=dict(type='FreeBody'))
    for t in ('JointError', 'AccelError')
]
val_cfg = dict()
test_dataloader = val_dataloader
default_hooks = dict(logger=dict(interval=1))
"""


@pytest.fixture(scope='session')
def small_config(tmp_path_factory):
    """``small_config(more='') -> path``: arts-tiny with tiny networks."""

    def write(more: str = ''):
        path = tmp_path_factory.mktemp('config') / 'small.py'
        path.write_text(TEXT.format(root=ROOT) + more)
        return path

    return write
