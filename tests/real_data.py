# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Where configs look for data, and the commands of docs/data.md for it."""
import re
import shlex
from pathlib import Path

import numpy as np
from picture_originals import WRITERS

from mmarts.annotations import AnnotationFile, write_annotations
from mmarts.body_models.smpl import FREE_BODY

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / 'docs' / 'data.md').read_text()
WHERE = DOCS.split('## Where the configs look\n')[1].split('\n## ')[0]
# Folder, files, how they are made, of the tables' rows.
ROWS = re.findall(r'^\| `([\w-]+)` \| ([\w, ]+) \| (.+?) \|', WHERE, re.M)
# Folder -> NAME IN data/OUT ... of the command that makes it.
COMMANDS = {
    folder: shlex.split(made.split('`')[1])
    for folder, _, made in ROWS if ' data/' in made
}
# The fits of these tests lie nowhere near the joints.
EXTRA = dict(h36m=['fit_limit_mm=1e6'])


def config_values(value, key):
    """Every value of a key of a config, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            yield value[key]
        value = list(value.values())
    for part in value if isinstance(value, (list, tuple)) else ():
        yield from config_values(part, key)


def annotation_files(value):
    """Every ``ann_file`` of a config below ``data/``."""
    for path in config_values(value, 'ann_file'):
        if path.startswith('data/') and path.endswith('.mmarts'):
            yield path


def write_bodies(folder):
    """The free body under SMPL's names, and what is read off it."""
    with np.load(FREE_BODY) as file:
        arrays = dict(file)
    (folder / 'smpl').mkdir(parents=True)
    for key, name in (('coco', 'coco19'), ('h36m', ) * 2, ('extra', ) * 2):
        np.save(folder / f'J_regressor_{name}.npy',
                arrays[f'J_regressor_{key}'])
    official = ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor',
                'weights', 'kintree_table', 'vertex_picks')
    for i, gender in enumerate(('neutral', 'male', 'female')):
        body = {k: arrays[k] for k in official}
        # Men and women of another shape, so that their ids are other ones.
        body['v_template'] = body['v_template'] + i * .1 * body['shapedirs'][
            ..., i]
        np.savez(folder / f'smpl/SMPL_{gender.upper()}.npz', **body)
    meshes = '_mesh_1723-431.npz'
    (folder / f'smpl/SMPL_NEUTRAL{meshes}').write_bytes(
        FREE_BODY.with_name(FREE_BODY.stem + meshes).read_bytes())


def add_features(source, target, dim):
    """What tools/extract_features.py would add; random here."""
    file = AnnotationFile(source)
    arrays = {k: np.array(v) for k, v in file.arrays.items()}
    counts = np.diff(file.track_starts)
    names = [file.track_name(i) for i in range(len(counts))]
    for i, key in enumerate(('sequence', 'person')):
        arrays[key] = np.repeat([n[i] for n in names], counts)
    arrays['feat'] = np.random.default_rng(0).normal(size=(counts.sum(),
                                                           dim)).astype('f4')
    write_annotations(target, arrays, source='a toy')


class RealData:
    """A folder whose ``data/`` is filled as configs ask for it.

    Args:
        root: The folder.
        call_tool: Runs a tool; see ``conftest.py``.
        feat_dim: Channels of image features.
    """

    def __init__(self, root, call_tool, feat_dim):
        self.root, self.call_tool, self.feat_dim = root, call_tool, feat_dim
        write_bodies(root / 'data' / 'body_models')
        (root / 'data' / 'pictures').mkdir()

    def make(self, cfg):
        """All files of a config, by the commands of docs/data.md."""
        for image_root in config_values(cfg.to_dict(), 'image_root'):
            self._pictures(Path(image_root).name)
        for path in map(Path, annotation_files(cfg.to_dict())):
            if not (self.root / path.parent).exists():
                self._convert(path.parent.name)
            file = self.root / path
            if not file.exists():
                base = file.with_name(file.stem.split('_')[0] + file.suffix)
                add_features(base, file, self.feat_dim)

    def _original(self, name):
        folder = self.root / name
        if not folder.exists():
            WRITERS[name](folder)
        return folder

    def _pictures(self, name):
        link = self.root / 'data' / 'pictures' / name
        if name == 'insta':  # its converter writes them
            link.mkdir(exist_ok=True)
        elif not link.exists():
            link.symlink_to(self._original(COMMANDS[name][1]))

    def _convert(self, folder):
        name, original, out, *rest = COMMANDS[folder]
        self._original(original)
        base = next(k for k, v in COMMANDS.items() if v[1] == original)
        extra = EXTRA.get(name, [])
        if extra and '--options' not in rest:
            rest.append('--options')
        # Fits lie beside the originals.
        rest = [
            re.sub(r'[\w.-]+\.json', lambda m: str(self.root / m[0]), word)
            for word in (*rest, *extra)
        ]
        self._pictures(base)
        done = self.call_tool('convert_dataset', name, self.root / original,
                              self.root / out, '--images',
                              self.root / 'data' / 'pictures' / base, *rest)
        assert done.returncode == 0, done.stderr
