# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""PointHMR: point-guided sampling of features for a mesh (CVPR 2023)."""
from pathlib import Path
from typing import Optional, Sequence

import torch
from torch import Tensor, nn

from mmarts.body_models.meshes.mesh_hierarchy import body_hierarchy
from mmarts.compat.openmmlab_models import build_any_model
from mmarts.geometry.camera import weak_to_translation
from mmarts.registry import MODELS
from mmarts.structures import get_joint_set
from mmarts.utils.precision import no_autocast
from .base import BaseEstimator, attach_predictions
from .pointhmr_terms import loss_terms, make_targets

# What the meshes of a hierarchy are called, finest first.
MESH_NAMES = {
    2: ('vertices', 'vertices_coarse'),
    3: ('vertices', 'vertices_mid', 'vertices_coarse')
}


@MODELS.register_module()
class PointHMR(BaseEstimator):
    """A picture -> vertices, without body parameters.

    Args:
        backbone: Config: pictures -> maps of several scales, the first the
            finest; of ours or ``'mmpose.HRNet'``.
        sampler: Config: finest and coarsest map -> vertex and grid tokens,
            heatmaps.
        transformer: Config: tokens -> coarsest mesh, camera, joints.
        projection: Config: joints and camera -> crop.
        hierarchy: Arguments of
            :func:`~mmarts.body_models.meshes.mesh_hierarchy.body_hierarchy`.
        losses: Name -> config: ``joint`` and ``keypoints2d`` (of the joints
            from tokens and of those from the mesh), ``vertices`` (of every
            mesh), ``heatmap``.
        joint_root: Joints whose mean is the origin where 3D joints are
            compared.
        mesh_root: Joint set and joint that is the origin of the vertices, as
            the body's regressor reads it off the mesh.
        heatmap_camera: Where the heatmaps' targets are: what the
            ``'predicted'`` camera shows (the release), or the ``'target'``
            one, which fits the target's joints to its 2D keypoints.
        around_rest: Whether the transformer tells how far joints and
            vertices are from those of the resting body, upright before the
            camera, and how far the scale is from ``rest_scale``. Otherwise
            all begin in one point, and a short training ends near it.
        rest_scale: Half-sides of the crop that a metre spans; 1 suits
            bodies, 7 hands.
        position_waves: Radians to a metre of random sines of the resting
            body's places; the transformer's learned positions begin with
            them. None for its own, which are random.
        fitter: Config of what fits body parameters to a predicted mesh; with
            it samples hold those as well.
        view_ensemble: Config of :class:`ViewEnsemble`: predictions are means
            over changed crops then (test-time augmentation).
        kwargs: Arguments of :class:`BaseEstimator`.
    """

    def __init__(self,
                 backbone: dict,
                 sampler: dict,
                 transformer: dict,
                 projection: dict,
                 hierarchy: Optional[dict] = None,
                 losses: Optional[dict] = None,
                 joint_root: Sequence[str] = ('R_Hip', 'L_Hip'),
                 mesh_root: tuple[str, str] = ('h36m17', 'Pelvis'),
                 heatmap_camera: str = 'predicted',
                 around_rest: bool = False,
                 rest_scale: float = 1.0,
                 position_waves: Optional[float] = None,
                 fitter: Optional[dict] = None,
                 view_ensemble: Optional[dict] = None,
                 joint_set: str = 'pw3d14',
                 num_frames: int = 1,
                 **kwargs) -> None:
        super().__init__(joint_set=joint_set, num_frames=num_frames, **kwargs)
        if heatmap_camera not in ('predicted', 'target'):
            raise ValueError('heatmap_camera should be "predicted" or '
                             f'"target", but is "{heatmap_camera}".')
        self.backbone = build_any_model(backbone)
        self.sampler = MODELS.build(sampler)
        self.hierarchy = body_hierarchy(self.body_model, **(hierarchy or {}))
        self.transformer = MODELS.build(
            dict(
                transformer,
                num_vertices=self.hierarchy.sizes[-1],
                num_joints=len(get_joint_set(joint_set))))
        limit = max((h for h in self.transformer.hops if h), default=0)
        self.transformer.set_distance(self.hierarchy.graph_distance(limit))
        self.projection = MODELS.build(projection)
        self.fitter = fitter and MODELS.build(fitter)
        self.view_ensemble = view_ensemble and MODELS.build(view_ensemble)
        self.mesh_names = MESH_NAMES[self.hierarchy.num_levels]
        self.joint_root = get_joint_set(joint_set).index(*joint_root)
        self.mesh_root = tuple(mesh_root)
        self.heatmap_camera = heatmap_camera
        self.around_rest, self.rest_scale = around_rest, rest_scale
        if around_rest:
            # Random ones would scatter the vertices by half a metre.
            for layer in (self.transformer.read_point,
                          self.transformer.read_camera):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)
        if position_waves:
            rest = self._rest()
            self.transformer.begin_smooth(
                position_waves,
                vertex=self.hierarchy.coarsen(rest)[-1],
                joint=self.body_model.regress(rest, joint_set))
        self.losses = nn.ModuleDict({
            name: MODELS.build(loss)
            for name, loss in (losses or {}).items()
        })

    def init_weights(self) -> None:
        """As MMEngine's.

        Raises:
            FileNotFoundError: If the backbone's pre-trained weights are not
                there.
        """
        first = getattr(self.backbone, 'init_cfg', None)
        path = first.get('checkpoint') if isinstance(first, dict) else None
        if path and '://' not in path and not Path(path).is_file():
            raise FileNotFoundError(
                f'The backbone begins with the weights in "{path}", which is '
                'not there. configs/pointhmr/README.md says where it comes '
                'from; model.backbone.init_cfg=None trains without.')
        super().init_weights()

    def outputs(self, inputs: dict) -> dict:
        """Meshes, joints, camera and heatmaps.

        Args:
            inputs: ``image`` ``(B, T, 3, H, W)``: crops, normalised as the
                backbone expects; frames are independent. Without it, ``feat``
                ``(B, T, M)``, what the backbone kept of them.

        Returns:
            ``vertices`` ``(B, T, V, 3)`` and those of coarser meshes
            (``vertices_mid``, ``vertices_coarse``), ``joints3d_token`` and
            ``joints3d_mesh`` ``(B, T, K, 3)``, all metres, camera axes, body
            at its rest place; ``cam`` ``(B, T, 3)``;
            ``keypoints2d_crop_token`` and ``keypoints2d_crop_mesh``
            ``(B, T, K, 2)``; ``heat_logits`` ``(B, T, V', h, w)``.
        """
        image = inputs['image' if 'image' in inputs else 'feat']
        maps = self.backbone(image.flatten(0, 1))
        tokens = self.sampler(maps[0], maps[-1])
        with no_autocast(image):
            # In bfloat16 it would move vertices by several millimetres.
            read = self.transformer(tokens.vertices, tokens.grid)
            cam, joints, coarse, logits = (
                x.unflatten(0, image.shape[:2])
                for x in (*read, tokens.heat_logits))
            if self.around_rest:
                cam, joints, coarse = self._from_rest(cam, joints, coarse)
            meshes = dict(zip(self.mesh_names, self.hierarchy.refine(coarse)))
            joints = dict(
                token=joints,
                mesh=self.body_model.regress(meshes['vertices'],
                                             self.joint_set))
            out = dict(meshes, cam=cam, heat_logits=logits)
            for name, joints3d in joints.items():
                out[f'joints3d_{name}'] = joints3d
                out[f'keypoints2d_crop_{name}'] = self.projection(
                    joints3d, cam)
        return out

    def loss(self, inputs: dict, data_samples: list) -> dict:
        """Losses over what has a target.

        Targets are ``joints3d_rel``, ``keypoints2d_crop`` and the body
        parameters, of which meshes are made, or ``vertices``; what a sample
        lacks is masked. Every loss is 0 in a batch without its target.
        """
        out = self.outputs(inputs)
        with no_autocast(out['cam']):
            return self.losses_of(out, make_targets(self, out, data_samples))

    def losses_of(self, out: dict, targets: dict) -> dict:
        """Losses of outputs against :func:`make_targets`'s."""
        return {
            f'loss_{term}': self.losses[name](*of_term)
            for name in self.losses
            for term, of_term in loss_terms(self, name, out, targets).items()
        }

    def predict(self,
                inputs: dict,
                data_samples: Optional[list] = None) -> list:
        """Samples with vertices and joints in the camera frame.

        Args:
            inputs: ``image``; ``box_centre`` ``(B, T, 2)`` and ``box_size``
                ``(B, T)`` of the crops, and ``K`` ``(B, 3, 3)``, pixels of
                the whole picture.
        """
        vertices, joints, cam = self._predicted(inputs)
        transl = weak_to_translation(cam, inputs['box_centre'],
                                     inputs['box_size'], inputs['K'][:, None])
        root = get_joint_set(self.joint_set).root_index
        predictions = dict(
            vertices=vertices + transl[:, :, None],
            joints3d=joints + transl[:, :, None],
            joints3d_rel=joints - joints[:, :, [root]],
            cam=cam)
        if self.fitter is not None:
            params = self.fitter(vertices, self.body_model)
            predictions.update(
                global_orient=params.global_orient,
                body_pose=params.body_pose,
                betas=params.betas,
                transl=params.transl + transl)
        return attach_predictions(data_samples, predictions,
                                  torch.arange(vertices.shape[1]))

    def _predicted(self, inputs: dict) -> tuple[Tensor, Tensor, Tensor]:
        """Vertices, their joints, and the camera."""
        if self.view_ensemble is None:
            out = self.outputs(inputs)
            return out['vertices'], out['joints3d_mesh'], out['cam']
        vertices, cam = self.view_ensemble(self, inputs)
        with no_autocast(cam):
            joints = self.body_model.regress(vertices, self.joint_set)
        return vertices, joints, cam

    def _from_rest(self, cam: Tensor, joints: Tensor,
                   coarse: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rest = self._rest()
        return (cam + cam.new_tensor([self.rest_scale, 0., 0.]),
                joints + self.body_model.regress(rest, self.joint_set),
                coarse + self.hierarchy.coarsen(rest)[-1])

    def _rest(self) -> Tensor:
        """``(V, 3)``, before a camera."""
        rest = self.centred(self.body_model.v_template)
        # Body axes are y up and z forward, those of a camera y down.
        return rest * rest.new_tensor([1., -1., -1.])

    def centred(self, vertices: Tensor) -> Tensor:
        """``(..., V, 3)`` with the root of the mesh at the origin."""
        joint_set, joint = self.mesh_root
        index = get_joint_set(joint_set).index(joint)
        return vertices - self.body_model.regress(vertices,
                                                  joint_set)[..., index, :]

    def _check(self, inputs: dict, data_samples: Optional[list]) -> None:
        if 'image' not in inputs and 'feat' not in inputs:
            raise KeyError(
                "PointHMR expects inputs['image'] (B, T, 3, H, W), or what "
                "was kept of them in inputs['feat'], but the "
                f'inputs are {sorted(inputs)}; does the dataset load '
                'pictures?')
        self._check_body(data_samples)
