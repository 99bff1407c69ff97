"""PointHMR on hands (supplement, 3.1): MANO's mesh, 778 -> 195 vertices.

The supplement says that FreiHAND was tested with test-time augmentation, and
neither which nor what masks: these are the body's 7, 5, 3 and 1, and the
views of Mesh Graphormer's code, after which METRO's family tests on hands.
"""
_base_ = [
    '../_base_/models/pointhmr.py', '../_base_/datasets/freihand.py',
    '../_base_/schedules/adam_50e.py', '../_base_/default_runtime.py'
]

model = dict(
    body_model={{_base_.body_model}},
    joint_set='freihand21',
    hierarchy=dict(sizes=(195, )),
    sampler=dict(num_vertices=195),
    joint_root=('wrist', ),
    mesh_root=('mano21', 'wrist'),
    view_ensemble=dict(
        type='ViewEnsemble',
        rotations=list(range(-90, 91, 10)),
        scales=(0.7, 0.8, 0.9, 1.0, 1.1),
        merge='procrustes'))
