# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Packaging of mmarts; nothing here imports mmarts or torch."""
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


def read_version() -> str:
    """Read ``__version__`` as text, so that no dependency is needed."""
    text = (ROOT / 'mmarts' / 'version.py').read_text(encoding='utf-8')
    return re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE).group(1)


def read_requirements(name: str) -> list:
    """Lines of ``requirements/<name>.txt`` without comments."""
    path = ROOT / 'requirements' / f'{name}.txt'
    lines = path.read_text(encoding='utf-8').splitlines()
    return [line for line in map(str.strip, lines) if line and line[0] != '#']


class BuildWithConfigs(build_py):
    """Add the configs to the wheel, where OpenMMLab's tools look for them.

    They go straight into the build folder (``mmarts/.mim/configs``), so the
    checkout keeps one copy and an editable install reads that one.
    """

    def run(self) -> None:
        super().run()
        if getattr(self, 'editable_mode', False):
            return
        target = Path(self.build_lib) / 'mmarts' / '.mim'
        shutil.rmtree(target, ignore_errors=True)
        if (ROOT / 'configs').is_dir():
            shutil.copytree(
                ROOT / 'configs',
                target / 'configs',
                ignore=shutil.ignore_patterns('__pycache__', '*.pyc'))
        if (ROOT / 'model-index.yml').is_file():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / 'model-index.yml', target)


readme = ROOT / 'README.md'

setup(
    name='mmarts',
    version=read_version(),
    description='A modular toolbox for human mesh recovery on MMEngine',
    long_description=(readme.read_text(
        encoding='utf-8') if readme.is_file() else ''),
    long_description_content_type='text/markdown',
    author='mmarts contributors',
    license='Apache-2.0',
    license_files=['LICENSE'],
    keywords='computer vision, human mesh recovery, SMPL, pose estimation',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Operating System :: OS Independent',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
    python_requires='>=3.11',
    packages=find_packages(include=['mmarts', 'mmarts.*']),
    package_data={'mmarts': ['assets/**/*', '**/*.md', '**/*.json']},
    exclude_package_data={'': ['*.pyc', '*.pyo']},
    install_requires=read_requirements('runtime'),
    extras_require={
        name: read_requirements(name)
        for name in ('datasets', 'openmmlab', 'tests', 'lint', 'assets')
    },
    entry_points={
        'console_scripts': ['mmarts-demo = mmarts.apis.demo_cli:main']
    },
    cmdclass={'build_py': BuildWithConfigs},
    zip_safe=False)
