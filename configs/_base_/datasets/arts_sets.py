"""What ARTS trains on: the 3D datasets, and those with COCO and MPII.

In equal shares. Windows of 3DPW start at every frame, those of MPI-INF-3DHP
and Human3.6M 16 frames apart (the release). All joints are COCO-19; 3DPW has
30 fps, the two others 25. A picture is a clip in which nobody moves, its
target the SMPL fit of NeuralAnnot (4.1.1).
"""
sets_cross = [
    dict(
        type='MeshDataset',
        ann_file='data/mpi-inf-3dhp-coco/train.mmarts',
        stride=16),
    dict(
        type='MeshDataset', ann_file='data/h36m-coco/train.mmarts', stride=16),
]
sets_3d = [dict(type='MeshDataset', ann_file='data/3dpw/train.mmarts')
           ] + sets_cross
still = dict(
    type='StillClips',
    body_model=dict(
        type='SMPL',
        gender='neutral',
        regressors=dict(coco19='J_regressor_coco19.npy')))
sets_3d_2d = sets_3d + [
    dict(still, ann_file='data/coco/train2017.mmarts'),
    dict(still, ann_file='data/mpii/train.mmarts'),
]
