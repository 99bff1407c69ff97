# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Recipe ``meshes``: the coarser meshes of the free body."""
import argparse

SIZES = (1723, 431)


def add_parser(subparsers) -> argparse.ArgumentParser:
    """Add the subcommand ``meshes``."""
    return subparsers.add_parser(
        'meshes',
        help='coarser meshes of the free body, 10 seconds; needs '
        'fast-simplification')


def run(args: argparse.Namespace) -> None:
    """Make the file again, whatever lies there."""
    from mmarts.body_models import FreeBody
    from mmarts.body_models.meshes.mesh_hierarchy import (body_hierarchy,
                                                          hierarchy_file)
    body = FreeBody()
    file = hierarchy_file(body, SIZES)
    file.unlink(missing_ok=True)
    print(f'{file}: {body_hierarchy(body, SIZES).sizes} vertices')
