# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""MPI-INF-3DHP as its owners give it, a few frames long."""
import numpy as np
from scipy.io import savemat
from scipy.spatial.transform import Rotation

FRAMES = 10


class Sequence:
    """Random joints before fourteen cameras, or before one.

    Args:
        joints: 28 for training, 17 for the test set.
        cameras: How many.
        size: Width and height of the pictures.
        seed: Of it all.
        frames: How many.
    """

    def __init__(self,
                 joints=28,
                 cameras=14,
                 size=(2048, 2048),
                 seed=0,
                 frames=FRAMES):
        rng = np.random.default_rng(seed)
        self.size = size
        self.rotmats = Rotation.random(cameras, random_state=seed).as_matrix()
        self.places_mm = rng.normal((0, 0, 4000), 100, (cameras, 3))
        self.focal = rng.uniform(1490, 1510, (cameras, 2))
        self.centre = np.array(size) / 2 + rng.normal(0, 10, (cameras, 2))
        world = rng.uniform(-900, 900, (frames, joints, 3))
        self.deep = np.einsum('cij,fkj->cfki', self.rotmats,
                              world) + self.places_mm[:, None, None]
        self.universal = self.deep * 1.05
        plane = self.deep[..., :2] / self.deep[..., 2:]
        self.flat = plane * self.focal[:, None, None] + self.centre[:, None,
                                                                    None]
        self.valid = np.ones(frames)

    @property
    def arrays(self):
        """By the names of the files."""
        return dict(
            annot2=self.flat, annot3=self.deep, univ_annot3=self.universal)

    def write_train(self, root, name='S2/Seq1', version=5):
        """``annot.mat`` and ``camera.calibration``."""
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        cells = {}
        for key, array in self.arrays.items():
            cell = np.empty((len(array), 1), object)
            for i, points in enumerate(array):
                cell[i, 0] = points.reshape(len(points), -1)
            cells[key] = cell
        path = folder / 'annot.mat'
        (savemat if version == 5 else write_mat73)(path, cells)
        lines = ['Skeletool Camera Calibration File V1.0']
        for i, rotmat in enumerate(self.rotmats):
            inner, outer = np.eye(4), np.eye(4)
            inner[[0, 1], [0, 1]] = self.focal[i]
            inner[:2, 2] = self.centre[i]
            outer[:3, :3], outer[:3, 3] = rotmat, self.places_mm[i]
            words = [
                ' '.join(f'{x:.9g}' for x in m.ravel()) for m in (inner, outer)
            ]
            lines += [
                f'name          {i}', '  sensor      10 10',
                '  size        {} {}'.format(*self.size), '  animated    0',
                f'  intrinsic   {words[0]}', f'  extrinsic   {words[1]}',
                '  radial      0'
            ]
        (folder / 'camera.calibration').write_text('\n'.join(lines) + '\n')
        return path

    def write_test(self, root, name='TS1', version=73):
        """``annot_data.mat``."""
        path = root / name / 'annot_data.mat'
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {
            key: array[0].transpose(2, 1, 0)[:, :, None]
            for key, array in self.arrays.items()
        }
        arrays['valid_frame'] = self.valid[None]
        (savemat if version == 5 else write_mat73)(path, arrays)
        return path


def write_mat73(path, arrays):
    """What MATLAB writes with ``-v7.3``: HDF5 behind 512 bytes of text."""
    import h5py
    with h5py.File(path, 'w', userblock_size=512) as file:
        for name, array in arrays.items():
            if array.dtype != object:
                file[name] = array.T
                continue
            file.require_group('#refs#')
            cells = file.create_dataset(
                name, array.T.shape, dtype=h5py.ref_dtype)
            for i, cell in enumerate(array.ravel()):
                key = f'#refs#/{name}{i}'
                file[key] = cell.T
                cells[0, i] = file[key].ref
    with open(path, 'rb+') as file:
        file.write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(124) +
                   b'\0\2IM')
