# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Compare a method's network, losses and metrics with its authors' release.

Both sides get weights and inputs from a rule (fixture.py); the release's
outputs lie in a kit. The last line is `worst ...`; the exit status is 1 when
an array differs by more than its tolerance, or is in the kit and was not
compared.
"""
import argparse
import importlib
import logging
import os
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
SMALL_KIT = TESTS / 'data' / 'parity'
METHODS = ('arts', 'dsd', 'int', 'pointhmr')
PARTS = ('forward', 'forward_plain', 'losses', 'eval', 'gradients', 'preproc',
         'data')


def check(method: str,
          kit: Path,
          files: dict,
          seed: int = 0,
          dtype: str = 'float64') -> list:
    """Rows of the table of one method.

    Args:
        method: One of :data:`METHODS`.
        kit: Folder with a folder of the method's name in it.
        files: Part -> ``.npz`` to compare with.
        seed: Of the weights and inputs.
        dtype: In which our side computes.
    """
    import torch
    from parity.compare import compare_file
    adapter = importlib.import_module(f'parity.{method}_adapter')
    rows, dtype = [], getattr(torch, dtype)
    for part, path in files.items():
        compute = getattr(adapter, f'compute_{part}', None)
        # Where cases cost minutes, those that the file has are enough.
        named = dict(file=path) if part in getattr(adapter, 'BY_CASE',
                                                   ()) else {}
        # What an adapter does not compute is reported key by key as missed.
        ours = compute(kit / method, seed, dtype, **named) if compute else {}
        rows += compare_file(path, part, ours, adapter.tolerance_of(part),
                             getattr(adapter, 'is_note', None))
    return rows


def kit_files(kit: Path, method: str) -> dict:
    """The parts that a kit has of a method.

    Raises:
        FileNotFoundError: If it has none.
    """
    files = {part: kit / method / f'{part}.npz' for part in PARTS}
    files = {part: path for part, path in files.items() if path.is_file()}
    if not files:
        raise FileNotFoundError(
            f'There is no kit of "{method}" in "{kit}"; expected a folder '
            f'{method}/ with forward.npz in it (--kit, MMARTS_PARITY_KIT).')
    return files


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='examples:\n'
        '  python tests/parity/check.py arts --seed 0\n'
        '  python tests/parity/check.py arts --kit path/to/parity\n'
        '  python tests/parity/check.py arts --seed 3 --forward other.npz\n'
        '  python tests/parity/check.py arts --losses losses.npz')
    parser.add_argument('method', choices=METHODS)
    parser.add_argument(
        '--kit',
        type=Path,
        default=Path(os.environ.get('MMARTS_PARITY_KIT') or SMALL_KIT),
        help='folder with METHOD/state_dict.json and the references '
        '(default: MMARTS_PARITY_KIT, else tests/data/parity)')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='of weights and inputs (default: %(default)s); the references '
        'of a kit are of seed 0')
    for part in PARTS:
        parser.add_argument(
            f'--{part}',
            type=Path,
            metavar='FILE',
            help=f'references to compare with in place of {part}.npz; only '
            'the parts that are named are compared then')
    parser.add_argument(
        '--dtype',
        choices=('float64', 'float32'),
        default='float64',
        help='of our side. The references are float32, and behind the flows '
        'of ARTS two float32 networks differ by their rounding alone as much '
        'as the kit allows; in float64 only the rounding of the references '
        'is left (default: %(default)s)')
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    named = {p: getattr(args, p) for p in PARTS if getattr(args, p)}
    missing = [str(path) for path in named.values() if not path.is_file()]
    if missing:
        raise SystemExit(f'error: there is no file {missing[0]}')
    try:
        files = named or kit_files(args.kit, args.method)
    except FileNotFoundError as error:
        raise SystemExit(f'error: {error}')
    if args.seed and not named:
        raise SystemExit(f'error: the references in {args.kit} are of seed 0; '
                         f'name those of seed {args.seed} by --forward, '
                         '--losses or --eval')
    rows = check(args.method, args.kit, files, args.seed, args.dtype)
    print('\n'.join(map(str, rows)))
    missed = [row for row in rows if not row.passed]
    compared = sum(row.tolerance is not None for row in rows)
    print(f'{compared} of the {len(rows)} keys of {args.kit} compared, '
          f'{len(missed)} missed')
    print(f'worst {max(rows, key=lambda row: row.used)}')
    return 1 if missed else 0


if __name__ == '__main__':
    sys.path[:0] = [str(TESTS), str(TESTS.parent)]
    # Metrics log their protocol.
    logging.disable(logging.INFO)
    sys.exit(main())
