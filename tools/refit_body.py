# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Move a result of the demo to another body model.

The pose is kept. The shape is the one whose skeleton comes nearest, and the
body is placed where the old one was. The residual that is printed tells how
far the joints of the two bodies are apart.
"""
import argparse
from pathlib import Path

from mmarts.apis.refit import (load_body, read_result, refit_person,
                               write_result)
from mmarts.engine.launch import run_or_exit


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='SMPL files need a registration at https://smpl.is.tue.mpg.de '
        '(docs/body_models.md).\nA file without a COCO-19 regressor gives '
        'its 24 own joints as joints3d; joint_names says which.\n\n'
        'examples:\n'
        '  python tools/refit_body.py outputs/cam03/person_000.npz '
        '--body-model data/body_models/smpl/SMPL_NEUTRAL.pkl\n'
        '  python tools/refit_body.py person_000_smpl.npz --source-body '
        'SMPL_NEUTRAL.pkl --body-model free --out back.npz')
    parser.add_argument(
        'result', type=Path, help='a person_XXX.npz of demo/video_demo.py')
    parser.add_argument(
        '--body-model',
        required=True,
        metavar='BODY',
        help='body to move to: "free", or an SMPL-format .npz or .pkl')
    parser.add_argument(
        '--source-body',
        default='free',
        metavar='BODY',
        help="the result's own body, likewise (default: %(default)s); it "
        "must be the one of the result's body_model_id")
    parser.add_argument(
        '--out',
        type=Path,
        help='file to write (default: RESULT_<body>.npz beside RESULT)')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    person = read_result(args.result)
    source, target = load_body(args.source_body), load_body(args.body_model)
    refit = refit_person(person, source, target)
    out = args.out or args.result.with_name(
        f'{args.result.stem}_{target.name}.npz')
    try:
        write_result(out, refit.person)
    except OSError as error:
        raise ValueError(f'Cannot write "{out}": {error.strerror}.') from None
    print(f'{source.body_model_id} -> {target.body_model_id}')
    print(f'residual of {len(refit.person["frames"])} frames, '
          f'{refit.joint_set}: mean {refit.mean_mm:.1f} mm, '
          f'largest {refit.max_mm:.1f} mm')
    print(f'wrote {out}')


if __name__ == '__main__':
    run_or_exit(main)
