# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Recipe ``blazepose``: the two networks of the 2D pose, Apache-2.0."""
import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ASSETS = (
    Path(__file__).resolve().parents[2] / 'mmarts' / 'assets' / 'blazepose')
# Later wheels of the package hold no weights. The Linux wheel for Python
# 3.11 is asked for on every system: only its data files are used.
PACKAGE = 'mediapipe==0.10.21'
PLATFORM = ('--platform', 'manylinux_2_28_x86_64', '--python-version', '3.11')
# File of ours -> file in the wheel, sha256.
FILES = {
    'pose_detection.tflite':
    ('mediapipe/modules/pose_detection/pose_detection.tflite',
     '9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c'),
    'pose_landmark_full.tflite':
    ('mediapipe/modules/pose_landmark/pose_landmark_full.tflite',
     'e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f'),
    'LICENSE_blazepose.txt':
    ('mediapipe-0.10.21.dist-info/LICENSE',
     '8707eef0533987efc5b155d64761eeb6e20793f50b9bd1a68dad1cf4719d0ed8'),
}


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Add the subcommand ``blazepose``."""
    parser = subparsers.add_parser(
        'blazepose', help=f'networks of the 2D pose, from {PACKAGE}')
    parser.add_argument('--out', type=Path, default=ASSETS)
    parser.add_argument(
        '--wheel', type=Path, help='use this wheel, download nothing')
    return parser


def run(args: argparse.Namespace) -> None:
    """Fetch the wheel and take the files out of it."""
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wheel = args.wheel or _download(Path(folder))
        contents = _read(wheel)
    for name, content in contents.items():
        part = args.out / f'.{name}.part'
        part.write_bytes(content)
        os.replace(part, args.out / name)
        print(f'{args.out / name}: {len(content) / 1e6:.1f} MB')


def _download(folder: Path) -> Path:
    command = [
        sys.executable, '-m', 'pip', 'download', '--no-deps',
        '--only-binary=:all:', *PLATFORM, '--dest',
        str(folder), PACKAGE
    ]
    print(' '.join(command))
    if subprocess.run(command).returncode:
        raise SystemExit(f'pip could not fetch {PACKAGE}; see above.')
    return next(folder.glob('*.whl'))


def _read(wheel: Path) -> dict[str, bytes]:
    """Contents of all files, checked before any is written."""
    contents = {}
    with zipfile.ZipFile(wheel) as archive:
        for name, (member, sha256) in FILES.items():
            contents[name] = archive.read(member)
            found = hashlib.sha256(contents[name]).hexdigest()
            if found != sha256:
                raise SystemExit(f'{member} in {wheel} has sha256 {found}, '
                                 f'expected {sha256}.')
    return contents
