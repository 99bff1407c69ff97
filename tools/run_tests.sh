#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Runs the tests; on a fresh machine it first makes .venv and installs what
# they need. Arguments go to pytest:
#
#   bash tools/run_tests.sh                        # the default suite, on all
#                                                  # cores, 4 at most
#   bash tools/run_tests.sh -m slow tests/test_models
#
#   MMARTS_VENV      another environment than .venv
#   MMARTS_SHARED    folder with the reference data of the parity tests
#   MMARTS_BUDGET_S  fail when the tests take longer than this
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_env tests
install_openmmlab

# Figures are drawn in memory; a window would need a display.
export MPLBACKEND=Agg
if [ -n "${MMARTS_SHARED:-}" ]; then
    say "reference data: $MMARTS_SHARED"
else
    say 'MMARTS_SHARED is not set: tests against reference data skip'
fi

cd "$MMARTS_ROOT"
if [ $# -eq 0 ]; then
    # A file at a time to each worker: its fixtures are made once. More
    # threads than cores would only wait for each other.
    set -- --numprocesses auto --maxprocesses 4 --dist loadfile
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
fi
began=$SECONDS
status=0
"$PYTHON" -m pytest --durations=20 "$@" || status=$?
took=$((SECONDS - began))
[ $status -eq 0 ] || die "pytest failed after $took s (exit status $status)"
if [ -n "${MMARTS_BUDGET_S:-}" ] && [ $took -gt "$MMARTS_BUDGET_S" ]; then
    die "the tests took $took s, more than $MMARTS_BUDGET_S s; mark the" \
        'slowest above with @pytest.mark.slow or make them smaller'
fi
say "tests passed in $took s"
