# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Values inside the released network, by the kit's names."""
import roma
import torch
from parity.arts_network import EVERY, MIDDLE
from parity.recorded import recorded

from mmarts.geometry.rotation import identity_rot6d, rot6d_to_rotmat
from mmarts.structures import BodyParams
from projects.arts_release.models import IterativeRegressor
from projects.arts_release.models.mesh_residual import TokenReadout
from projects.arts_release.weights import REGRESSOR, convert_weights

_TIK = f'{REGRESSOR}TIK.regressor.regressorspin.'
_PARAMS = ('global_orient', 'body_pose', 'betas')


def fitted_shape(fitter, joints) -> dict:
    """What bone fitting does with skeletons."""
    with recorded(mesh=fitter.joints_to_mesh) as seen:
        betas = fitter(joints)
    aligned, mesh = seen['mesh']
    return dict(aligned17=aligned.mT, mesh=mesh[..., ::EVERY], betas=betas)


def regressed(model, joints, feat, theirs: dict) -> dict:
    """The network behind the lifter, and what the release throws away.

    Args:
        model: :class:`ARTSRelease` with ``output_frames='all'``.
        joints: ``(B, T, K, 3)`` metres.
        feat: ``(B, T, C)``.
        theirs: State dict of the release, for the layers that are dropped.
    """
    attention, ik = model.motion_attention, model.pose_ik
    frames = model.frames(joints.shape[1])
    with recorded(
            parts=model.skeleton_parts,
            query=attention.embed_motion,
            source=attention.embed_feat,
            head=attention.head,
            twist=ik.twist,
            flow1=ik.joints_to_swing,
            flow2=ik.swing_to_rotation,
            ik=ik) as seen:
        rot6d, betas, cam = model.regress(joints, feat, frames)
    arrays = dict(
        motion=seen['parts'][1][2],
        mcr_query=seen['query'][1],
        mcr_kv=seen['source'][1],
        mcr_attn=seen['head'][0],
        mcr_feat=seen['head'][1],
        **_inverse_kinematics(seen, joints.shape[2], model.pose_ik.swing_dim))
    shape = fitted_shape(model.shape_fitter, joints)
    arrays.update({f'bsf_{key}': value for key, value in shape.items()})
    arrays['tik_spin_theta'] = _inner_regressor(theirs, seen['head'][1],
                                                arrays['tik_rot6d'])
    turns = rot6d_to_rotmat(rot6d)
    out = dict(zip(_PARAMS, (turns[:, :, :1], turns[:, :, 1:], betas)))
    arrays.update(
        theta=theta(cam, turns, betas),
        rotmat=turns,
        **_posed(model, out, cam),
        **_mesh(model, joints, feat, dict(out, frames=frames), theirs))
    return arrays


def theta(cam, rotmats, betas):
    """``(B, T, 85)``: camera, rotation vectors, shape."""
    return torch.cat(
        [cam, roma.rotmat_to_rotvec(rotmats).flatten(-2), betas], -1)


def _inverse_kinematics(seen: dict, num_joints: int, swing_dim: int) -> dict:
    flow1_in, flow1 = seen['flow1']
    flow2_in, flow2 = seen['flow2']
    rot6d = seen['ik'][1]
    # The release reads 6D as rows here; nothing uses the result.
    rows = roma.special_gramschmidt(rot6d.unflatten(-1, (2, 3)).mT).mT
    return dict(
        tik_joints_in=flow1_in[..., :3 * num_joints].unflatten(-1, (-1, 3)),
        tik_decphi=seen['twist'][1],
        tik_phi_norm=flow2_in[..., swing_dim:].unflatten(-1, (-1, 2)),
        tik_flow1_out=flow1.flatten(0, 1),
        tik_flow2_out=flow2.flatten(0, 1),
        tik_swing6d=flow2_in[..., :swing_dim].unflatten(-1, (-1, 6)),
        tik_rot6d=rot6d,
        tik_rotmat_rowconv=rows)


def _inner_regressor(theirs: dict, fused, rot6d):
    """TIK's own SPIN regressor: the class of the final one."""
    state = convert_weights({
        f'{REGRESSOR}regressorspin.{key.removeprefix(_TIK)}':
        value
        for key, value in theirs.items()
        if key.startswith(_TIK) and '.smpl.' not in key
    }).state
    inner = IterativeRegressor().to(fused.dtype).eval()
    inner.load_state_dict({
        key.removeprefix('regressor.'): value
        for key, value in state.items()
    })
    start = identity_rot6d(24).to(rot6d).expand_as(rot6d)
    pose, betas, cam = inner(fused, start, fused.new_zeros(len(fused), 10))
    return theta(cam, rot6d_to_rotmat(pose), betas)


def _posed(model, out: dict, cam) -> dict:
    """SMPL's mesh of the middle frame; joints and projection, unused."""
    body, params = model.body_model, BodyParams(*(out[n] for n in _PARAMS))
    joints = body.joints(params, 'spin49')
    depth = 2 * 5000 / (224 * cam[..., :1] + 1e-9)
    seen = joints + torch.cat([cam[..., 1:], depth], -1)[..., None, :]
    return dict(
        smpl_verts_mid=body.vertices(params[:, MIDDLE])[:, ::EVERY],
        smpl_kp3d=joints,
        smpl_kp2d=5000 * seen[..., :2] / seen[..., 2:] / 112)


def _mesh(model, joints, feat, out: dict, theirs: dict) -> dict:
    branch, start = model.mesh_residual, joints[:, MIDDLE]
    blocks = {f'block{i}': b for i, b in enumerate(branch.blocks, 1)}
    tokens = {f'tokens{i}': b.readout for i, b in enumerate(branch.blocks, 1)}
    with recorded(branch=branch, **blocks, **tokens) as seen:
        mesh = model.mesh(joints, feat, out)[:, 0]
    points = []
    for i in (1, 2, 3):
        readout = _joint_readout(theirs, i, start.shape[1]).to(start.dtype)
        points.append(start + readout(seen[f'tokens{i}'][0]))
    return dict(
        coevo1_joint=points[0],
        coevo1_vert=seen['block1'][1],
        coevo2_joint=points[1],
        coevo2_vert=seen['block2'][1],
        residual_joint=points[2],
        residual_mesh=seen['branch'][1][:, ::EVERY],
        mesh=mesh[:, ::EVERY],
        joints_h36m=model.body_model.regress(mesh, 'h36m17'))


def _joint_readout(theirs: dict, index: int, num_joints: int) -> TokenReadout:
    """The joints of a block of the mesh branch, which nothing reads."""
    place = f'{REGRESSOR}residual.coevoblock{index}.'
    state = {
        f'{ours}.{leaf}': theirs[f'{place}{name}.{leaf}']
        for name, ours in (('proj_v2j_dim', 'mix'), ('proj_joint_feat2coor',
                                                     'head'))
        for leaf in ('weight', 'bias')
    }
    _, num_tokens = state['mix.weight'].shape
    dim = state['head.weight'].shape[1]
    readout = TokenReadout(num_tokens, num_joints, dim)
    readout.load_state_dict(state)
    return readout
