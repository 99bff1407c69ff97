"""Human3.6M's S9 and S11 at 10 fps, as DSD-SATN reports it; per action.

Joints are those of LSP of the SMPL fits, about the middle of the hips, as
in the release. MPJVE and MPJAE (`accel`) come in mm a frame, which the
paper's numbers seem to be, and in mm a second.
"""
_base_ = '../body_models/smpl_spin.py'

test_cfg = dict()
test_evaluator = [
    dict(
        type=kind,
        body_model={{_base_.body_model}},
        joint_set='lsp14',
        root=('R_Hip', 'L_Hip'),
        eval_joints=None,
        group_by='action')
    for kind in ('JointError', 'VelocityError', 'AccelError')
]
