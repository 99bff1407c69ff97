"""SMPL, neutral, with the joints of MPI-INF-3DHP, which are among SPIN's."""
body_model = dict(
    type='SMPL',
    gender='neutral',
    regressors=dict(
        coco19='J_regressor_coco19.npy',
        h36m17='J_regressor_h36m.npy',
        extra9='J_regressor_extra.npy'))
