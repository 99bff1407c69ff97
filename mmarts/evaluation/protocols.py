# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The protocols by name: ours, and those of the methods' papers."""
from .protocol import FrameSubset, Protocol

_ALL = ('mpjpe', 'pa_mpjpe', 'mpvpe', 'accel')
_MOTION = ('mpjpe', 'pa_mpjpe', 'accel')
_HIPS = ('L_Hip', 'R_Hip')
_H36M14 = ('R_Hip', 'R_Knee', 'R_Ankle', 'L_Hip', 'L_Knee', 'L_Ankle', 'Neck',
           'Head', 'L_Shoulder', 'L_Elbow', 'L_Wrist', 'R_Shoulder', 'R_Elbow',
           'R_Wrist')
_H36M_PELVIS = dict(joint_set='h36m17', root=('Pelvis', ), eval_joints=_H36M14)
_MOCAP = dict(target_source='joints3d', gender='none')
# Subjects and cameras as the original, mmpose and Pose2Mesh name sequences.
_SUBJECT = r'(?<![a-z])s_?0?(9|11)(?!\d)'
_CAMERA = r'(60457274|(?<![a-z])ca(m(era)?)?_?0?4(?!\d))'
_FRONTAL = FrameSubset(
    words='S9 and S11, frontal camera 60457274',
    sequences=f'(?i)^(?=.*{_SUBJECT})(?=.*{_CAMERA})')
_S9_S11 = FrameSubset(
    words='S9 and S11, all four cameras', sequences=f'(?i){_SUBJECT}')
_CUTS = 'the release measures Accel across the borders of sequences'
_MPI_TEST = FrameSubset(words='valid frames of the test sequences TS1 to TS6')

_PW3D = (
    Protocol(
        name='3dpw-14',
        title='3DPW, test split, as SPIN, VIBE, TCMR and their successors '
        'report it',
        metrics=_ALL,
        vertex_root=('h36m17', 'Pelvis'),
        gender='subject',
        fps=30.,
        **_H36M_PELVIS),
    Protocol(
        name='3dpw-arts-release',
        title="3DPW, test split, as ARTS' release reports it (commit deb8c12)",
        metrics=_ALL,
        vertex_root=('smpl24', 'pelvis'),
        gender='subject',
        frames=FrameSubset(
            words='middle frames of 16-frame windows at every frame that end '
            "within a track's last whole 16",
            window=16),
        fps=30.,
        padded_accel=True,
        remarks=('the release does not look at cuts', ),
        **_H36M_PELVIS),
    Protocol(
        name='3dpw-all-pa',
        title='3DPW, all of it or one of its three splits, as DSD-SATN '
        'reports it (arXiv:1908.07172, Table 1)',
        metrics=('pa_mpjpe', ),
        joint_set='lsp14',
        root=_HIPS,
        gender='subject',
        remarks=('one row a split by group_by="dataset"',
                 'the paper leaves the joints open, its release has these '
                 'and targets that others fitted')),
    Protocol(
        name='3dpw-int',
        title="3DPW, test split, as INT's release reports it (commit 8f7ee91)",
        metrics=_ALL,
        joint_set='pw3d14',
        root=_HIPS,
        fps=30.,
        remarks=(_CUTS, )),
    Protocol(
        name='3dpw-pointhmr',
        title="3DPW, test split, as PointHMR's release reports it (commit "
        'bfec235)',
        metrics=('mpjpe', 'pa_mpjpe', 'mpvpe'),
        joint_set='pw3d14',
        root=_HIPS,
        vertex_root=('h36m17', 'Pelvis'),
        remarks=('no motion: pictures one by one', )),
)

_H36M = (
    Protocol(
        name='h36m-p1',
        title='Human3.6M, protocol 1',
        metrics=_MOTION,
        frames=_S9_S11,
        **_MOCAP,
        **_H36M_PELVIS),
    Protocol(
        name='h36m-p2',
        title='Human3.6M, protocol 2',
        metrics=('pa_mpjpe', 'mpjpe', 'accel'),
        frames=_FRONTAL,
        **_MOCAP,
        **_H36M_PELVIS),
    Protocol(
        name='h36m-int',
        title="Human3.6M, as INT's release reports it (commit 8f7ee91)",
        metrics=_MOTION,
        joint_set='h36m17',
        root=_HIPS,
        frames=_S9_S11,
        remarks=(_CUTS, 'all 17 joints'),
        **_MOCAP),
    Protocol(
        name='h36m-pointhmr',
        title="Human3.6M, as PointHMR's release reports it (commit bfec235)",
        metrics=('mpjpe', 'pa_mpjpe', 'mpvpe'),
        joint_set='pw3d14',
        root=_HIPS,
        vertex_root=('h36m17', 'Pelvis'),
        frames=_FRONTAL,
        target_source='joints3d',
        remarks=('meshes against SMPL fits', )),
)

_H36M += (Protocol(
    name='h36m-dsd',
    title='Human3.6M, S9 and S11 at 10 frames a second, as DSD-SATN '
    'reports it (arXiv:1908.07172, Table 2; its release, commit a23a7b6)',
    metrics=_MOTION,
    joint_set='lsp14',
    root=_HIPS,
    frames=_S9_S11,
    remarks=('joints of both bodies, the target of SMPL fits',
             "the paper's MPJVE and MPJAE seem to be per frame",
             'its release measures 3DPW videos about the right ankle',
             'the release leaves batch statistics on in tests')), )

_FREE = (Protocol(
    name='freemotion',
    title='FreeMotion, drawn data that ships with mmarts',
    metrics=_ALL,
    vertex_root=('h36m17', 'Pelvis'),
    gender='own',
    frames=FrameSubset(words='all frames of the drawn windows'),
    remarks=('numbers are of this data alone', ),
    **_H36M_PELVIS), )

_MPI_INF_3DHP = (
    Protocol(
        name='mpi-inf-3dhp',
        title='MPI-INF-3DHP, test set',
        metrics=('mpjpe', 'pa_mpjpe', 'pck', 'auc', 'accel'),
        joint_set='mpi_inf_3dhp17',
        root=('Pelvis', ),
        frames=_MPI_TEST,
        # The groups that the dataset's own toolbox averages over.
        pck_joints=('Head_Top', 'Neck', 'R_Shoulder', 'R_Elbow', 'R_Wrist',
                    'L_Shoulder', 'L_Elbow', 'L_Wrist', 'R_Hip', 'R_Knee',
                    'R_Ankle', 'L_Hip', 'L_Knee', 'L_Ankle'),
        remarks=(
            'target: the universal skeleton where the file has it',
            'PCK: share of 14 joints within 150 mm, AUC: its mean over '
            '0, 5 ... 150 mm',
        ),
        **_MOCAP),
    Protocol(
        name='mpi-inf-3dhp-int',
        title="MPI-INF-3DHP, as INT's release reports it (commit 8f7ee91)",
        metrics=_MOTION,
        joint_set='mpi_inf_3dhp17',
        root=_HIPS,
        frames=_MPI_TEST,
        remarks=(_CUTS, ),
        **_MOCAP),
)

_HANDS = (Protocol(
    name='freihand',
    title="FreiHAND, evaluation set, as the dataset's own code measures "
    'aligned hands (arXiv:1909.04349)',
    metrics=('pa_mpvpe', 'pa_mpjpe', 'f_score_5', 'f_score_15'),
    joint_set='freihand21',
    root=('wrist', ),
    target_source='joints3d',
    gender='own',
    mirror=True,
    frames=FrameSubset(words='all annotated pictures'),
    remarks=(
        'F-scores of aligned meshes in shares from 0 to 1, thresholds '
        '5 and 15 mm',
        "joints of a predicted mesh: by the body's regressor, which should "
        "have FreiHAND's finger tips")), )

PROTOCOLS = {
    p.name: p
    for p in (*_PW3D, *_H36M, *_MPI_INF_3DHP, *_HANDS, *_FREE)
}


def get_protocol(name: str) -> Protocol:
    """Look a protocol up by name.

    Raises:
        KeyError: If there is none of that name.
    """
    if name not in PROTOCOLS:
        raise KeyError(f'There is no protocol "{name}"; mmarts has '
                       f'{", ".join(PROTOCOLS)} (docs/evaluation.md).')
    return PROTOCOLS[name]
