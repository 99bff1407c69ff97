# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
from pathlib import Path

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope

from mmarts.datasets import FreeMotion
from mmarts.geometry.camera import project
from mmarts.registry import MODELS
from mmarts.structures import BodyParams, check_sample

ROOT = Path(__file__).parents[2]
TINY = 'configs/arts/arts-tiny_freemotion.py'
MLP = 'configs/baselines/mlp_freemotion.py'
PARAMS = ('global_orient', 'body_pose', 'betas', 'transl')
WEAK_CAMERA = dict(
    camera=dict(_delete_=True, type='WeakCameraHead', feat_dim=384),
    losses=dict(keypoints2d=dict(type='MaskedL1Loss')))


def make(config=TINY, **changes):
    """The config's model with some arguments changed."""
    cfg = Config.fromfile(ROOT / config)
    cfg.merge_from_dict(dict(model=changes))
    return MODELS.build(cfg.model)


@pytest.fixture(scope='module')
def model():
    """One tiny ARTS for tests that do not change it."""
    # It is made before what conftest.py sets for every single test.
    torch.manual_seed(0)
    init_default_scope('mmarts')
    return make().eval()


@pytest.fixture(scope='module')
def datasets():
    """Window length -> FreeMotion test data of that length."""
    found = {}

    def get(frames):
        if frames not in found:
            found[frames] = FreeMotion(
                'test', num_frames=frames, views=1, noise=dict())
        return found[frames]

    return get


@pytest.fixture
def draw(datasets):
    """``draw(batch, frames)``: a batch as the estimator gets it."""

    def make_batch(batch=2, frames=16):
        items = datasets(frames).__getitems__(list(range(batch)))
        data = dict(
            inputs={
                k: [i['inputs'][k] for i in items]
                for k in items[0]['inputs']
            },
            data_samples=[i['data_samples'] for i in items])
        return MODELS.build(dict(type='WindowPreprocessor'))(data)

    return make_batch


@pytest.mark.parametrize('batch, frames', [(2, 1), (1, 5), (2, 16), (1, 33)])
@pytest.mark.parametrize('output_frames', ['mid', 'all'])
def test_predictions_keep_the_contract(model, draw, batch, frames,
                                       output_frames, monkeypatch):
    monkeypatch.setattr(model, 'output_frames', output_frames)
    data = draw(batch, frames)
    with torch.no_grad():
        samples = model(**data, mode='predict')
    assert len(samples) == batch
    for sample in samples:
        check_sample(sample)
        numbers = torch.as_tensor(sample.frame_index)
        expected = numbers if output_frames == 'all' else numbers[[
            frames // 2
        ]]
        assert sample.pred_frame_index.tolist() == expected.tolist()
        assert sample.pred_joints3d.shape == (len(expected), 19, 3)
        assert sample.pred_body_pose.shape == (len(expected), 23, 3, 3)
        assert sample.pred_joints3d.isfinite().all()


def test_prediction_without_samples(model, draw):
    with torch.no_grad():
        samples = model(draw(2)['inputs'], mode='predict')
    assert len(samples) == 2
    assert samples[0].pred_frame_index.tolist() == list(range(16))


def test_windows_of_a_batch_do_not_meet(model, draw):
    inputs = draw(3)['inputs']
    with torch.no_grad():
        whole = model(inputs)
        single = model({k: v[1:2] for k, v in inputs.items()})
    for name in ('joints3d_lifted', 'global_orient', 'body_pose'):
        torch.testing.assert_close(
            whole[name][1:2], single[name], atol=1e-3, rtol=1e-3)


class PerfectLifter(torch.nn.Module):
    """Stands for a lifter: gives the true skeletons of a batch."""

    def __init__(self, data_samples):
        super().__init__()
        self.joints = torch.stack([s.joints3d_rel for s in data_samples])

    def forward(self, *args):
        return self.joints


def test_a_perfect_skeleton_gives_a_body_that_reprojects(draw):
    data, model = draw(3), make().eval()
    model.lifter = PerfectLifter(data['data_samples'])
    # Only what follows from the skeleton in closed form is left.
    for parameter in model.pose_ik.head[-1].parameters():
        torch.nn.init.zeros_(parameter)
    with torch.no_grad():
        samples = model(**data, mode='predict')
    for sample, K in zip(samples, data['inputs']['K']):
        params = BodyParams(*(sample.get(f'pred_{n}') for n in PARAMS))
        torch.testing.assert_close(
            model.body_model.joints(params, 'coco19'),
            sample.pred_joints3d,
            atol=1e-4,
            rtol=0)
        distance = sample.pred_joints3d_rel - sample.joints3d_rel
        assert distance.norm(dim=-1).mean() < 0.12
        side = (sample.keypoints2d.amax((0, 1)) - sample.keypoints2d.amin(
            (0, 1))).max()

        def error(*shift):
            seen = project(sample.pred_joints3d + torch.tensor(shift), K)
            return (seen - sample.keypoints2d).norm(dim=-1).mean() / side

        assert error(0., 0., 0.) < 0.06
        for shift in ((0.2, 0, 0), (-0.2, 0, 0), (0, 0.2, 0), (0, -0.2, 0)):
            assert error(0., 0., 0.) < error(*shift)


@pytest.mark.parametrize('frames', [1, 5, 16, 33])
@pytest.mark.parametrize('output_frames', ['mid', 'all'])
def test_losses_are_finite_and_reach_the_regressors(draw, frames,
                                                    output_frames):
    model = make(output_frames=output_frames)
    losses = model(**draw(1, frames), mode='loss')
    assert {'loss_joint', 'loss_pose', 'loss_shape',
            'loss_mesh'} <= set(losses)
    total = sum(losses.values())
    assert total.isfinite() and total > 0
    total.backward()
    for part in (model.pose_ik.head, model.shape_fitter):
        assert all(p.grad.abs().sum() > 0 for p in part.parameters())


def test_frozen_lifter_has_no_gradient(draw):
    model, data = make(freeze_lifter=True), draw(2)
    sum(model(**data, mode='loss').values()).backward()
    for part in (model.lifter, model.feature):
        assert all(p.grad is None for p in part.parameters())
    model.set_stage('lifter')
    sum(model(**data, mode='loss').values()).backward()
    assert all(p.grad is not None for p in model.lifter.parameters())


def test_free_lifter_learns_with_the_body(draw):
    model = make(freeze_lifter=False)
    losses = model(**draw(2), mode='loss')
    assert 'loss_lift' in losses
    del losses['loss_lift']
    sum(losses.values()).backward()
    assert any(p.grad.abs().sum() > 0 for p in model.lifter.parameters())


@pytest.mark.parametrize('step, frames', [(1, 1), (1, 5), (1, 16), (4, 5),
                                          (4, 16)])
def test_lifter_stage(draw, step, frames):
    model, data = make(stage='lifter', frame_step=step), draw(2, frames)
    losses = model(**data, mode='loss')
    assert set(losses) == {'loss_lift', 'loss_lift_velocity'}
    assert losses['loss_lift'] > 0
    with torch.no_grad():
        out = model(data['inputs'])
        samples = model(**data, mode='predict')
    assert set(out) == {'joints3d_lifted'}
    for sample in samples:
        check_sample(sample)
        assert sample.pred_joints3d_rel.shape == (frames, 19, 3)


def spoil(sample, name, frames, value):
    """Mask a target in some frames and write something there."""
    target = sample.get(name).clone()
    target[frames] = value
    sample.set_field(target, name)
    sample.get(f'{name}_valid')[frames] = False


def test_masked_targets_do_not_change_the_loss(draw):
    model, data = make(**WEAK_CAMERA).eval(), draw(2)
    names = ('joints3d_rel', 'global_orient', 'body_pose', 'betas',
             'keypoints2d')

    def losses(value):
        for sample in data['data_samples']:
            for name in names:
                spoil(sample, name, [0, 3], value)
        total = model(**data, mode='loss')
        model.zero_grad()
        sum(total.values()).backward()
        grads = torch.stack(
            [p.grad.norm() for p in model.parameters() if p.grad is not None])
        return torch.stack(list(total.values())), grads

    zero, nan = losses(0.), losses(torch.nan)
    assert nan[0].isfinite().all() and nan[1].isfinite().all()
    torch.testing.assert_close(zero[0], nan[0])
    torch.testing.assert_close(zero[1], nan[1], rtol=1e-3, atol=1e-5)


def test_velocity_loss_is_blind_to_a_shift_and_to_what_is_masked(draw):
    losses = dict(velocity=dict(type='MaskedL1Loss'))
    model, data = make(losses=losses, frame_step=1).eval(), draw(2)
    out = model(data['inputs'], mode='tensor')
    for i, sample in enumerate(data['data_samples']):
        posed = out['joints3d_posed'][i].detach()
        root = posed[:, [model.root_index]]
        shift = torch.tensor([0.1, -0.2, 0.3])
        sample.set_target('joints3d_rel', posed - root + shift)
    assert model(**data, mode='loss')['loss_velocity'] < 1e-6
    # One frame off is two wrong steps; without its target there is none.
    sample = data['data_samples'][0]
    sample.joints3d_rel[7] += 1
    assert model(**data, mode='loss')['loss_velocity'] > 0.05
    sample.joints3d_rel_valid[7] = False
    assert model(**data, mode='loss')['loss_velocity'] < 1e-6


@pytest.mark.parametrize('step', [1, 4])
def test_velocity_of_the_skeleton_is_metres_a_frame(draw, step):
    """Whether every frame is seen or every fourth: the same velocity."""
    model = make(
        stage='lifter',
        frame_step=step,
        losses=dict(
            lift_velocity=dict(type='MaskedL1Loss', loss_weight=1.0))).eval()
    data = draw(2)
    lifted = model.lifter.forward
    model.lifter.forward = lambda *args: torch.zeros_like(lifted(*args))
    for sample in data['data_samples']:
        frames = torch.arange(16.)[:, None, None]
        sample.set_target('joints3d_rel', 0.02 * frames.expand(-1, 19, 3))
    loss = model(**data, mode='loss')['loss_lift_velocity']
    assert loss.item() == pytest.approx(0.02, rel=1e-4)


def test_a_sample_without_any_target_adds_nothing(draw):
    model, data = make().eval(), draw(2)
    alone = model({
        k: v[:1]
        for k, v in data['inputs'].items()
    },
                  data['data_samples'][:1],
                  mode='loss')
    for name in ('joints3d_rel', 'global_orient', 'body_pose', 'betas'):
        spoil(data['data_samples'][1], name, slice(None), torch.nan)
    both = model(**data, mode='loss')
    for name in alone:
        torch.testing.assert_close(
            both[name], alone[name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize('config', [TINY, MLP])
def test_a_few_steps_on_one_batch_reduce_the_loss(draw, config):
    model, data = make(config), draw(2)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    history = []
    for _ in range(12):
        loss = sum(model(**data, mode='loss').values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert history[-1] < 0.8 * history[0]


def test_a_learned_camera_takes_the_solvers_place(draw):
    model, data = make(**WEAK_CAMERA), draw(2)
    losses = model(**data, mode='loss')
    assert losses['loss_keypoints2d'].isfinite()
    losses['loss_keypoints2d'].backward()
    assert all(p.grad.abs().sum() > 0 for p in model.camera.parameters())
    with torch.no_grad():
        for sample in model(**data, mode='predict'):
            check_sample(sample)


def test_a_learned_camera_with_the_middle_frame_alone(draw):
    model = make(output_frames='mid', **WEAK_CAMERA)
    assert model(**draw(2), mode='loss')['loss_keypoints2d'].isfinite()


@pytest.mark.parametrize('fitter',
                         ['BoneShapeFitter', 'JointSpaceShapeFitter'])
def test_parts_are_exchanged_by_config(draw, fitter):
    model = make(shape_fitter=dict(type=fitter))
    assert type(model.shape_fitter).__name__ == fitter
    assert model(draw(1)['inputs'])['betas'].shape == (1, 16, 10)


@pytest.mark.robustness
def test_another_number_of_joints_is_an_error(model, draw):
    inputs = draw(1)['inputs']
    inputs['keypoints2d'] = inputs['keypoints2d'][:, :, :17]
    with pytest.raises(ValueError, match=r'19 joints .*\(1, 16, 17, 2\)'):
        model(inputs)


@pytest.mark.robustness
def test_targets_of_another_body_are_an_error(model, draw):
    data = draw(1)
    data['data_samples'][0].set_metainfo(dict(body_model_id='smpl-1234'))
    with pytest.raises(ValueError, match='"smpl-1234"'):
        model(**data, mode='loss')


@pytest.mark.robustness
def test_a_missing_target_is_named(model, draw):
    data = draw(1)
    del data['data_samples'][0].betas
    with pytest.raises(KeyError, match='"betas"'):
        model(**data, mode='loss')


@pytest.mark.robustness
@pytest.mark.parametrize('changes, words', [
    (dict(stage='both'), '"both"'),
    (dict(output_frames='last'), '"last"'),
])
def test_wrong_choices_are_named(changes, words):
    with pytest.raises(ValueError, match=words):
        make(**changes)


@pytest.mark.robustness
def test_unknown_mode_is_named(model, draw):
    with pytest.raises(ValueError, match='"train"'):
        model(**draw(1), mode='train')


@pytest.mark.robustness
def test_a_window_without_any_keypoint_stays_finite(model, draw):
    inputs = draw(2)['inputs']
    inputs['keypoints2d_score'][0] = 0
    with torch.no_grad():
        out = model(inputs)
    assert all(out[name].isfinite().all() for name in PARAMS)


def test_checkpoint_meta_is_plain(model):
    meta = model.checkpoint_meta()
    assert set(meta) == {
        'body_model_id', 'joint_set', 'num_frames', 'fps', 'normalizer'
    }
    assert not any(isinstance(v, ConfigDict) for v in meta.values())
