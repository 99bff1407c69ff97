# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""One motion of Human3.6M before four cameras, in its three layouts."""
import json
import pickle

import numpy as np
from scipy.spatial.transform import Rotation

CAMERAS = ('54138969', '55011271', '58860488', '60457274')
# Of the 32 joints of the original files (Martinez et al., ICCV 2017).
PICKED = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
FRAMES = 11


class Motion:
    """Random joints in a room of 2 m, cameras 5 m away.

    Args:
        subject: Number.
        seed: Of the joints and cameras.
        frames: How many.
    """

    def __init__(self, subject=9, seed=0, frames=FRAMES):
        rng = np.random.default_rng(seed)
        self.subject, self.frames = subject, frames
        self.world_mm = rng.uniform(-800, 800, (frames, 32, 3))
        self.angles = rng.uniform(-np.pi, np.pi, (4, 3))
        # Intrinsic rotations about x, y and z: the product of the matrices.
        self.rotmats = Rotation.from_euler('XYZ', self.angles).as_matrix()
        self.places_mm = -5000 * self.rotmats[:, 2] + rng.normal(
            0, 200, (4, 3))
        self.inner = np.concatenate([
            rng.uniform(1140, 1150, (4, 2)),
            rng.uniform(505, 520, (4, 2)),
            rng.normal(0, .1, (4, 3)),
            rng.normal(0, .001, (4, 2))
        ], 1)

    def joints(self, camera):
        """``(F, 17, 3)`` metres before a camera."""
        shifted = self.world_mm[:, PICKED] - self.places_mm[camera]
        return shifted @ self.rotmats[camera].T / 1000

    def write_cdf(self, root, motion='WalkingDog 1', flat=None):
        """The original files; ``flat`` are pixels of camera 0, (F, 32, 2)."""
        folder = root / f'S{self.subject}' / 'MyPoseFeatures'
        write_cdf(folder / 'D3_Positions' / f'{motion}.cdf', self.world_mm)
        if flat is not None:
            write_cdf(folder / 'D2_Positions' / f'{motion}.{CAMERAS[0]}.cdf',
                      flat)
        outer = np.full((4, 11, 6), 99.)
        outer[:, self.subject - 1, :3] = self.angles
        outer[:, self.subject - 1, 3:] = self.places_mm
        numbers = np.concatenate([outer.ravel(), self.inner.ravel()])
        names = ''.join(f'<item>{name}</item>' for name in CAMERAS)
        (root /
         'metadata.xml').write_text('<metadata><dbcameras><index2id>' + names +
                                    '</index2id></dbcameras><w0>[' +
                                    ' '.join(f'{n:.10g}' for n in numbers) +
                                    ']</w0></metadata>')

    def write_json(self, root, fits=None, every=1):
        """Pose2Mesh's annotations; ``fits`` is frame -> SMPL parameters."""
        folder, key = root / 'annotations', str(self.subject)
        folder.mkdir(parents=True, exist_ok=True)
        images, notes, cameras = [], [], {}
        for number in range(4):
            f, c = self.inner[number, :2], self.inner[number, 2:4]
            R = self.rotmats[number]
            cameras[str(number + 1)] = dict(
                R=R.tolist(),
                t=(-R @ self.places_mm[number]).tolist(),
                f=f.tolist(),
                c=c.tolist())
            clip = (f's_{self.subject:02d}_act_14_subact_01_'
                    f'ca_{number + 1:02d}')
            for frame in range(0, self.frames, every):
                images.append(
                    dict(
                        id=len(images),
                        file_name=f'{clip}/{clip}_{frame + 1:06d}.jpg',
                        width=1000,
                        height=1002 if number in (0, 3) else 1000,
                        subject=self.subject,
                        action_name='WalkDog',
                        action_idx=14,
                        subaction_idx=1,
                        cam_idx=number + 1,
                        frame_idx=frame))
                notes.append(
                    dict(
                        id=len(notes),
                        image_id=len(notes),
                        bbox=[100., 150., 200., 400.]))
        joints = {
            str(f): self.world_mm[f, PICKED].tolist()
            for f in range(self.frames)
        }
        files = dict(
            data=dict(images=images, annotations=notes),
            camera=cameras,
            joint_3d={'14': {
                '1': joints
            }})
        if fits is not None:
            files['smpl_param'] = {'14': {'1': fits}}
        for kind, content in files.items():
            path = folder / f'Human36M_subject{key}_{kind}.json'
            path.write_text(json.dumps(content))
        return folder

    def write_mmpose(self, root, points):
        """mmpose's files; ``points`` are pixels by camera, (F, 17, 2)."""
        root.mkdir(parents=True, exist_ok=True)
        cameras, images, notes = {}, [], []
        for number, name in enumerate(CAMERAS):
            inner = self.inner[number]
            cameras[f'S{self.subject}', name] = dict(
                R=self.rotmats[number].T,
                T=self.places_mm[number][:, None] / 1000,
                f=inner[:2, None],
                c=inner[2:4, None],
                k=inner[4:7, None],
                p=inner[7:, None],
                id=name)
            for frame in range(self.frames):
                stem = f'S{self.subject}_WalkDog_1.{name}_{frame + 1:06d}'
                images.append(dict(id=len(images), file_name=f'{stem}.jpg'))
                ones = np.ones((17, 1))
                notes.append(
                    dict(
                        id=len(notes),
                        image_id=len(notes),
                        keypoints=np.hstack([points[number][frame],
                                             ones]).ravel().tolist(),
                        keypoints_3d=np.hstack(
                            [self.world_mm[frame, PICKED] / 1000,
                             ones]).ravel().tolist()))
        (root / 'cameras.pkl').write_bytes(pickle.dumps(cameras))
        (root / 'h36m_coco.json').write_text(
            json.dumps(dict(images=images, annotations=notes)))


def write_cdf(path, pose):
    """A CDF file with the variable ``Pose``, a row a frame."""
    from cdflib.cdfwrite import CDF
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = pose.reshape(1, len(pose), -1)
    file = CDF(str(path), cdf_spec=dict(Compressed=0))
    file.write_var(
        dict(
            Variable='Pose',
            Data_Type=45,
            Num_Elements=1,
            Rec_Vary=True,
            Dim_Sizes=list(flat.shape[1:])),
        var_data=flat)
    file.close()
