# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Rebuild the files of ``mmarts/assets``, one subcommand an asset."""
import argparse
import importlib
import importlib.util
from typing import Optional, Sequence

# A recipe module has ``add_parser(subparsers)`` and ``run(args)``.
RECIPES = ('free_body', 'freemotion', 'blazepose', 'mesh_hierarchy')


def build_parser() -> argparse.ArgumentParser:
    """Parser with one subcommand for each recipe that is present."""
    parser = argparse.ArgumentParser(description=__doc__)
    subparsers = parser.add_subparsers(dest='asset', required=True)
    for recipe in RECIPES:
        name = f'asset_recipes.{recipe}'
        if importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        known = set(subparsers.choices)
        module.add_parser(subparsers)
        for command in set(subparsers.choices) - known:
            subparsers.choices[command].set_defaults(run=module.run)
    return parser


def main(argv: Optional[Sequence[str]] = None) -> None:
    args = build_parser().parse_args(argv)
    args.run(args)


if __name__ == '__main__':
    main()
