# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
import pytest
import roma
import torch
from toy_pointhmr import SIDE, build, make, sampler_config

from mmarts.models.decoders import MeshBodyFitter
from mmarts.models.layers import ResidualConv, sine_position
from mmarts.models.losses import HeatmapLoss
from mmarts.structures import BodyParams, MeshDataSample, get_joint_set

SHAPES = 10
DECODERS = ('ConvFirstDecoder', 'ConvLastDecoder', 'SeparableDecoder')


@pytest.fixture(scope='module')
def model():
    return make()


@pytest.fixture
def image():
    return torch.randn(
        2, 1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


def sample_of(model, smpl=True):
    """A body at rest in the middle of its crop."""
    body = model.body_model
    eye = torch.eye(3).expand(1, 24, 3, 3)
    params = BodyParams(eye[:, :1], eye[:, 1:], torch.zeros(1, SHAPES))
    joints = body.joints(params, 'pw3d14')
    sample = MeshDataSample()
    sample.set_target('joints3d_rel', joints)
    sample.set_target('keypoints2d_crop', 0.8 * joints[..., :2])
    if smpl:
        sample.set_target('global_orient', params.global_orient)
        sample.set_target('body_pose', params.body_pose)
        sample.set_target('betas', params.betas)
    return sample


@torch.no_grad()
@pytest.mark.parametrize('kind', [*DECODERS, 'narrow'])
@pytest.mark.parametrize('with_sine', [False, True])
def test_sampling_first_is_sampling_last(kind, with_sine):
    """What is linear may follow the mean over cells."""
    config = sampler_config('ConvFirstDecoder' if kind == 'narrow' else kind)
    if kind == 'narrow':
        config.update(feature=dict(config['feature'], dim=8))
    sampler = build(dict(config, num_vertices=5,
                         sine_position=with_sine)).double()
    fine, coarse = torch.randn(2, 32, 6, 7), torch.randn(2, 64, 2, 3)
    fine, coarse = fine.double(), coarse.double()
    tokens = sampler(fine, coarse)
    maps = sampler.feature(fine)
    if with_sine:
        maps = maps + sine_position(16, 6, 7)
    heat = sampler.heatmap(fine).flatten(2).softmax(-1)
    expected = torch.einsum('bvp,bcp->bvc', heat, maps.flatten(2))
    torch.testing.assert_close(tokens.vertices, expected)
    assert tokens.grid.shape == (2, 6, 16)


@torch.no_grad()
def test_a_sure_heatmap_picks_its_cell():
    sampler = build(sampler_config('ConvLastDecoder', num_vertices=2))
    fine, coarse = torch.randn(1, 32, 4, 5), torch.randn(1, 64, 2, 2)
    sure = torch.zeros(1, 2, 4, 5)
    sure[0, 0, 1, 3] = sure[0, 1, 3, 0] = 100.
    sampler.heatmap.forward = lambda x: sure
    picked = sampler(fine, coarse).vertices[0]
    maps = sampler.feature(fine)[0]
    torch.testing.assert_close(
        picked,
        torch.stack([maps[:, 1, 3], maps[:, 3, 0]]),
        rtol=1e-4,
        atol=1e-5)


def test_sine_positions_differ_and_split_into_axes():
    table = sine_position(32, 5, 7)
    assert len({tuple(c) for c in table.flatten(1).T.tolist()}) == 35
    assert (table[:16] == table[:16, :, :1]).all()
    assert (table[16:] == table[16:, :1]).all()
    with pytest.raises(ValueError, match='multiple of 4'):
        sine_position(6, 2, 2)


@torch.no_grad()
def test_a_residual_block_keeps_what_its_branch_leaves():
    block = ResidualConv(4, 4).eval()
    block.bn2.weight.zero_()
    x = torch.randn(1, 4, 5, 5).abs()
    torch.testing.assert_close(block(x), x)


def line_transformer(hops, **changes):
    """Five vertices in a row; each sees ``hops`` of them further on."""
    module = build(
        dict(
            type='MaskedMeshTransformer',
            num_vertices=5,
            num_joints=2,
            num_grid=3,
            dim=8,
            reduced_dim=8,
            hops=hops,
            layers=1,
            hidden_dims=(8, 8),
            num_heads=2,
            **changes)).double()
    places = torch.arange(5)
    module.set_distance((places[:, None] - places).abs())
    return module


@torch.no_grad()
def test_masks_let_through_what_is_near():
    """Without camera, grid and joints nothing goes farther than 1 + 2."""
    module = line_transformer((1, 2))
    vertices = torch.randn(1, 5, 8).double()
    grid = torch.randn(1, 3, 8).double()
    others = [module._places()[k] for k in ('camera', 'grid', 'joint')]
    for visible in (module.visible0, module.visible1):
        for place in others:
            assert visible[place].all() and visible[:, place].all()
        for place in others:
            visible[:, place] = False
            visible[place, place] = True
    changed = vertices.clone()
    changed[:, 0] = -changed[:, 0]
    moved = module(changed, grid).vertices - module(vertices, grid).vertices
    assert (moved[0].abs().amax(-1) > 1e-9).tolist() == [True] * 4 + [False]


@torch.no_grad()
def test_tokens_may_stand_in_any_order():
    vertices = torch.randn(2, 5, 8).double()
    grid = torch.randn(2, 3, 8).double()
    read = [
        line_transformer((1, None), order=order)(vertices, grid)
        for order in (('joint', 'vertex', 'grid', 'camera'),
                      ('camera', 'grid', 'joint', 'vertex'))
    ]
    for a, b in zip(*read):
        torch.testing.assert_close(a, b)


def test_masks_move_with_the_module_and_are_not_saved():
    module = line_transformer((1, 2))
    names = dict(module.named_buffers())
    assert {'visible0', 'visible1'} <= names.keys()
    assert not any('visible' in key for key in module.state_dict())
    assert line_transformer(
        (None, 2))(torch.randn(1, 5, 8).double(),
                   torch.randn(1, 3, 8).double()).cam.shape == (1, 3)


@pytest.mark.robustness
def test_wrong_numbers_of_tokens_are_named():
    module = line_transformer((1, 2))
    with pytest.raises(ValueError, match='5 vertex and 3 grid tokens'):
        module(torch.randn(1, 5, 8).double(), torch.randn(1, 4, 8).double())
    with pytest.raises(ValueError, match='`order` should name'):
        line_transformer((1, 2), order=('camera', 'grid'))


def large_map_loss(logits, target, scale=2):
    """The same from the enlarged map, pixel by pixel."""
    large = logits.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    size = torch.tensor(large.shape[:1:-1])
    p = large.flatten(2).softmax(-1)
    x, y = ((target + 1) / 2 * size).long().unbind(-1)
    inside = ((target >= -1) & (target < 1)).all(-1)
    wanted = torch.nn.functional.one_hot((y * size[0] + x).where(inside, 0),
                                         p.shape[-1]).to(p)
    entropy = torch.nn.functional.binary_cross_entropy(
        p, wanted, reduction='none')
    dice = 1 - ((p * wanted).sum(-1) + 1e-5) / (1 + 1e-5)
    return (1000 * entropy.mean(-1) + dice)[inside].mean()


def test_the_heatmap_loss_is_that_of_the_large_map():
    torch.manual_seed(2)
    logits = torch.randn(2, 6, 5, 4, dtype=torch.float64, requires_grad=True)
    target = 1.2 * torch.rand(2, 6, 2, dtype=torch.float64) - 0.4
    target[0, :2] = torch.tensor([1.5, 0.])
    loss = HeatmapLoss()(logits, target, torch.ones(2, dtype=torch.bool))
    expected = large_map_loss(logits, target)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(*(torch.autograd.grad(x, logits)[0]
                                 for x in (loss, expected)))


def test_what_is_beside_the_picture_has_no_pixel():
    points = torch.tensor([[-1., -1.], [0.999, 0.999], [1., 0.], [-1.001, 0.],
                           [0., 1.2], [0., -1.001], [float('nan'), 0.],
                           [1e30, 0.]])
    index, inside = HeatmapLoss().pixels(points, (4, 6))
    assert inside.tolist() == [True, True] + [False] * 6
    assert index[:2].tolist() == [0, 8 * 12 - 1]
    # The release takes a point right of the picture for one a row below.
    index, inside = HeatmapLoss(wrap=True).pixels(points[2:4], (4, 6))
    assert inside.tolist() == [True, True]
    assert index[0] == 4 * 12 + 12


def test_every_part_learns(model, image):
    losses = model(dict(image=image), [sample_of(model)] * 2, mode='loss')
    assert len(losses) == 8 and all(map(torch.isfinite, losses.values()))
    model.zero_grad()
    sum(losses.values()).backward()
    assert not [k for k, p in model.named_parameters() if p.grad is None]


@pytest.mark.robustness
@pytest.mark.parametrize('camera', ['predicted', 'target'])
def test_a_batch_without_bodies_costs_only_its_joints(model, image, camera):
    model.heatmap_camera = camera
    losses = model(
        dict(image=image), [sample_of(model, smpl=False)] * 2, mode='loss')
    model.heatmap_camera = 'predicted'
    bodies = [v for k, v in losses.items() if 'vertices' in k or 'heat' in k]
    assert len(bodies) == 4 and not any(bodies)
    assert losses['loss_joint_mesh'] > 0
    model.zero_grad()
    sum(losses.values()).backward()
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(g.isfinite().all() for g in grads)


@pytest.mark.robustness
def test_points_off_the_picture_give_no_nan(model, image):
    with torch.no_grad():
        bias = model.transformer.read_camera.bias.clone()
        model.transformer.read_camera.bias.copy_(torch.tensor([1., 90., 0.]))
    losses = model(dict(image=image), [sample_of(model)] * 2, mode='loss')
    with torch.no_grad():
        model.transformer.read_camera.bias.copy_(bias)
    assert losses['loss_heatmap'] == 0 and losses['loss_vertices'] > 0


@torch.no_grad()
def test_targets_follow_the_camera_that_is_asked_for(model, image):
    """The target's camera does not depend on what the network says."""
    from mmarts.models.estimators.pointhmr_terms import (loss_terms,
                                                         make_targets)
    out = model.outputs(dict(image=image))
    targets = make_targets(model, out, [sample_of(model)] * 2)
    points = {}
    for camera in ('predicted', 'target'):
        model.heatmap_camera = camera
        points[camera] = loss_terms(model, 'heatmap', out,
                                    targets)['heatmap'][1]
    model.heatmap_camera = 'predicted'
    rest = model.hierarchy.coarsen(model.body_model.v_template)[-1]
    torch.testing.assert_close(
        points['target'][0], 0.8 * rest[:, :2], atol=1e-3, rtol=0)
    assert (points['predicted'] - points['target']).abs().max() > 0.01


@torch.no_grad()
def test_meshes_joints_and_pictures_agree(model, image):
    out = model.outputs(dict(image=image))
    assert out['vertices'].shape == (2, 1, 6890, 3)
    assert out['vertices_mid'].shape == (2, 1, 1723, 3)
    coarse = model.hierarchy.coarsen(out['vertices'])
    for mesh, name in zip(coarse, model.mesh_names):
        torch.testing.assert_close(mesh, out[name], atol=1e-5, rtol=0)
    joints = model.body_model.regress(out['vertices'], 'pw3d14')
    torch.testing.assert_close(out['joints3d_mesh'], joints)
    expected = out['cam'][:, :, None, :1] * (
        joints[..., :2] + out['cam'][:, :, None, 1:])
    torch.testing.assert_close(out['keypoints2d_crop_mesh'], expected)


@torch.no_grad()
def test_a_network_that_knows_nothing_shows_the_resting_body(image):
    """Upright before the camera, whose y is down, with its root at 0."""
    model = make(around_rest=True, rest_scale=0.5)
    out = model.outputs(dict(image=image))
    assert out['cam'].tolist() == [[[0.5, 0., 0.]]] * 2
    torch.testing.assert_close(
        out['joints3d_token'], out['joints3d_mesh'], atol=5e-3, rtol=0)
    head, foot, right, left = out['joints3d_mesh'][0, 0][get_joint_set(
        'pw3d14').index('Head', 'R_Ankle', 'R_Wrist', 'L_Wrist')]
    assert head[1] < -0.5 and foot[1] > 0.5 and right[0] < left[0] - 1
    # The belly is nearer to the camera than the back.
    rest = model.body_model.v_template
    assert out['vertices'][0, 0, rest[:, 2].argmax(), 2] < 0
    torch.testing.assert_close(
        model.centred(out['vertices']), out['vertices'], atol=5e-3, rtol=0)


def test_positions_that_begin_smooth_are_alike_for_neighbours():
    transformer = dict(
        type='MaskedMeshTransformer',
        num_grid=16,
        dim=16,
        position_dim=32,
        reduced_dim=16,
        hidden_dims=(16, 16))
    model = make(transformer=transformer, position_waves=5.0)
    places = model.transformer._places()
    table = model.transformer.position.detach()
    vertices = table[places['vertex']]
    assert 0.7 < vertices.std() < 1.3
    near = model.hierarchy.graph_distance(1) == 1
    gap = torch.cdist(vertices, vertices)
    assert gap[near].mean() < 0.5 * gap.mean()
    # A joint begins like the vertices around it.
    body = model.body_model
    joints = body.regress(body.v_template, model.joint_set)
    coarse = model.hierarchy.coarsen(body.v_template)[-1]
    nearest = torch.cdist(joints, coarse).argmin(1)
    to_joints = torch.cdist(table[places['joint']], vertices)
    of_nearest = to_joints.gather(1, nearest[:, None])
    assert of_nearest.mean() < 0.5 * to_joints.mean()
    with pytest.raises(ValueError, match='position_dim'):
        make(transformer=dict(transformer, position_dim=0), position_waves=5.)


@torch.no_grad()
def test_tokens_are_not_rounded_under_autocast(image):
    """Half precision may blur features, not the means over cells."""
    model = make()
    with torch.autocast('cpu', torch.bfloat16):
        fine, coarse = torch.randn(1, 32, 16, 16), torch.randn(1, 64, 8, 8)
        tokens = model.sampler(fine, coarse)
        out = model.outputs(dict(image=image))
    assert tokens.vertices.dtype == tokens.grid.dtype == torch.float32
    plain = model.outputs(dict(image=image))['vertices']
    gap = (out['vertices'] - plain).norm(dim=-1).mean()
    assert 0 < gap < 2e-3 * plain.norm(dim=-1).mean()


@torch.no_grad()
def test_a_top_down_backbone_sees_farther():
    """Its fine map's first cell, by the strides, 37 pixels; a stage's 9."""
    config = dict(blocks=(1, ) * 4, base_channels=4)
    image = torch.randn(1, 3, 64, 64)
    other = image.clone()
    other[..., 24:, 24:] += 1
    for kind, sees in (('TopDownResNet', True), ('ResNet', False)):
        extra = dict(top_channels=8) if sees else dict(out_stages=(0, 3))
        net = build(dict(config, type=kind, **extra))
        fine, coarse = net(image)
        assert fine.shape[-1] == 16 and coarse.shape == (1, 128, 2, 2)
        moved = (net(other)[0] - fine)[..., 0, 0].abs().max() > 0
        assert bool(moved) == sees


def test_body_parameters_of_a_mesh_are_found(free_body):
    turns = roma.rotvec_to_rotmat(0.35 * torch.randn(2, 1, 24, 3))
    params = BodyParams(turns[:, :, :1], turns[:, :, 1:],
                        torch.randn(2, 1, SHAPES), torch.randn(2, 1, 3))
    vertices = free_body.vertices(params)
    found = MeshBodyFitter()(vertices, free_body)
    error = (free_body.vertices(found) - vertices).norm(dim=-1)
    assert error.mean() < 1e-3 and error.max() < 5e-3
    assert roma.rotmat_geodesic_distance(found.body_pose,
                                         params.body_pose).median() < 0.02


@torch.no_grad()
def test_body_parameters_go_with_the_mesh_if_asked_for(image):
    model = make(fitter=dict(type='MeshBodyFitter', iterations=2))
    inputs = dict(
        image=image,
        K=torch.diag(torch.tensor([500., 500., 1.])).expand(2, 3, 3),
        box_centre=torch.full((2, 1, 2), 100.),
        box_size=torch.full((2, 1), 150.))
    sample = model(inputs, mode='predict')[0]
    assert sample.pred_body_pose.shape == (1, 23, 3, 3)
    # Its place is that of the mesh before the camera.
    own = model.body_model.vertices(
        BodyParams(sample.pred_global_orient, sample.pred_body_pose,
                   sample.pred_betas, sample.pred_transl))
    gap = own.mean(1) - sample.pred_vertices.mean(1)
    assert gap.norm() < 0.1 + sample.pred_vertices.std(1).norm()


@torch.no_grad()
def test_predictions_lie_before_the_camera(model, image):
    K = torch.tensor([[500., 0, 100], [0, 500., 100], [0, 0, 1]])
    with torch.no_grad():
        model.transformer.read_camera.bias[0] = 1.
    inputs = dict(
        image=image,
        K=K.expand(2, 3, 3),
        box_centre=torch.full((2, 1, 2), 100.),
        box_size=torch.full((2, 1), 150.))
    sample = model(inputs, mode='predict')[0]
    moved = sample.pred_vertices - sample.pred_joints3d[:, :1]
    assert sample.pred_vertices.shape == (1, 6890, 3)
    joints = model.body_model.regress(sample.pred_vertices, 'pw3d14')
    torch.testing.assert_close(joints, sample.pred_joints3d, atol=1e-3, rtol=0)
    assert moved.isfinite().all() and (sample.pred_joints3d[..., 2] > 0).all()


@pytest.mark.robustness
def test_inputs_without_pictures_are_an_error(model):
    with pytest.raises(KeyError, match=r"inputs\['image'\]"):
        model(dict(keypoints2d=torch.zeros(1, 1, 14, 2)))
    with pytest.raises(ValueError, match='heatmap_camera'):
        make(heatmap_camera='other')


@pytest.mark.robustness
def test_weights_that_are_not_there_are_named(tmp_path):
    missing = str(tmp_path / 'hrnet.pkl')
    model = make()
    model.backbone.init_cfg = dict(type='Pretrained', checkpoint=missing)
    with pytest.raises(FileNotFoundError, match='hrnet.pkl.*README'):
        model.init_weights()
    model.backbone.init_cfg = None
    model.init_weights()
