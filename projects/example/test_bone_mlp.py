# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The example: learns, stands in for one part, comes back by its name."""
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmarts.body_models import FreeBody
from mmarts.structures import get_joint_set
from projects.example.bone_mlp import BoneMLP

ROOT = Path(__file__).parents[2]
CONFIG = 'projects/example/configs/arts-tiny_bone-mlp_freemotion.py'
BASE = 'configs/arts/arts-tiny_freemotion.py'


@pytest.fixture(scope='module')
def body():
    return FreeBody()


def bones_of(body, betas):
    parents, children = map(list, zip(*get_joint_set('coco19').bone_indices))
    joints = body.rest_joints(betas, 'coco19')
    return (joints[:, children] - joints[:, parents]).norm(dim=-1)


def test_it_starts_at_the_mean_shape(body):
    betas = BoneMLP(body)(bones_of(body, torch.randn(5, 10)))
    assert torch.equal(betas, torch.zeros(5, 10))


def test_it_learns_bodies_with_these_bones(body):
    torch.manual_seed(0)
    betas, others = torch.randn(256, 10), torch.randn(64, 10)
    seen, unseen = bones_of(body, betas), bones_of(body, others)
    model = BoneMLP(body)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        (model(seen) - betas).square().mean().backward()
        optimizer.step()
    with torch.no_grad():
        error = (bones_of(body, model(unseen)) - unseen).abs().mean()
        of_mean = (bones_of(body, 0 * others) - unseen).abs().mean()
    assert error < of_mean / 5


def test_the_config_differs_in_one_part():
    ours, theirs = Config.fromfile(ROOT / CONFIG), Config.fromfile(ROOT / BASE)
    assert ours.custom_imports.imports == ['projects.example.bone_mlp']
    assert ours.model.shape_fitter.type == 'BoneMLP'
    ours.model.shape_fitter = theirs.model.shape_fitter
    ours.pop('custom_imports')
    assert dict(ours.items()) == dict(theirs.items())


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Two steps by tools/train.py."""
    work_dir = tmp_path_factory.mktemp('example')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(sys, 'argv', [
            'train.py', CONFIG, '--work-dir',
            str(work_dir), '--max-iters', '2', '--cfg-options',
            'train_dataloader.batch_size=2', 'train_cfg.val_begin=40_000'
        ])
        runpy.run_path('tools/train.py', run_name='__main__')
    return work_dir / 'iter_2.pth'


SCRIPT = """
import os, sys
from mmarts.apis import TrackMesher
assert not any(m.startswith('projects') for m in sys.modules)
try:
    TrackMesher({checkpoint!r})
except ImportError as error:
    print(error)
os.chdir({root!r})
model = TrackMesher({checkpoint!r}).model
print(type(model.shape_fitter).__module__)
"""


def test_the_checkpoint_finds_its_module_by_name(checkpoint, tmp_path):
    """As after installation: mmarts is on the path, the checkout is not."""
    (tmp_path / 'mmarts').symlink_to(ROOT / 'mmarts')
    script = tmp_path / 'script.py'
    script.write_text(
        SCRIPT.format(checkpoint=str(checkpoint), root=str(ROOT)))
    done = subprocess.run([sys.executable, str(script)],
                          cwd=tmp_path,
                          env=dict(os.environ, PYTHONPATH=str(tmp_path)),
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    elsewhere, at_root = done.stdout.splitlines()
    assert 'projects.example.bone_mlp' in elsewhere
    assert 'PYTHONPATH' in elsewhere
    assert at_root == 'projects.example.bone_mlp'
