# shellcheck shell=bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Sourced by the other scripts: finds or makes the Python environment and
# installs what is missing there. What an environment already holds is kept.
#
#   MMARTS_VENV   the environment to use     (default: .venv in the checkout)
#   MMARTS_TORCH  what to give `pip install` when torch is missing, such as
#                 "torch==2.13.0 --index-url https://download.pytorch.org/whl/cu130"
set -euo pipefail

MMARTS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MMARTS_VENV=${MMARTS_VENV:-$MMARTS_ROOT/.venv}
PYTHON=$MMARTS_VENV/bin/python
CPU_INDEX=https://download.pytorch.org/whl/cpu

say() { printf '[mmarts] %s\n' "$*"; }

die() {
    printf '[mmarts] error: %s\n' "$*" >&2
    exit 1
}

# ---- Python and the environment -------------------------------------------

python_fits() {
    # Run it: a pyenv shim is found even where its version is not active.
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
        >/dev/null 2>&1
}

find_python() {
    local name
    for name in python3 python3.13 python3.12 python3.11; do
        if python_fits "$name"; then
            command -v "$name"
            return
        fi
    done
    die "mmarts needs Python 3.11, 3.12 or 3.13; python3 here is" \
        "$(python3 --version 2>&1 | head -n 1)"
}

make_venv() {
    local base
    base=$(find_python)
    say "making $MMARTS_VENV with $("$base" --version)"
    if "$base" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        "$base" -m venv "$MMARTS_VENV"
    elif "$base" -m virtualenv --version >/dev/null 2>&1; then
        "$base" -m virtualenv --quiet "$MMARTS_VENV"
    else
        die "$base cannot make environments (no ensurepip). Install" \
            "python3-venv (Debian, Ubuntu), or without root:" \
            "$base -m pip install --user virtualenv"
    fi
}

# ---- What is missing, and installing it -----------------------------------

# Print what the given requirement files name and the environment lacks, one
# requirement a line. Reads metadata only, so it takes a fraction of a second.
missing() {
    "$PYTHON" - "$@" <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version
from pip._vendor.packaging.requirements import Requirement

# mmcv with compiled ops holds all that mmcv-lite holds; both would clash.
STANDS_IN = {'mmcv-lite': 'mmcv'}


def satisfied(requirement, name):
    try:
        found = version(name)
    except PackageNotFoundError:
        return False
    return requirement.specifier.contains(found, prereleases=True)


for path in sys.argv[1:]:
    for line in map(str.strip, open(path, encoding='utf-8')):
        if not line or line.startswith('#'):
            continue
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        names = [requirement.name, STANDS_IN.get(requirement.name)]
        if not any(satisfied(requirement, n) for n in names if n):
            print(line)
PY
}

# write_constraints FILE REQUIREMENT...: requirements/constraints.txt, with the
# version found in place of the pin of each package that is there and is not
# being installed, so that pip moves nothing that works. Ranges stay ranges.
write_constraints() {
    "$PYTHON" - "$MMARTS_ROOT/requirements/constraints.txt" "${@:2}" >"$1" <<'PY'
import sys
from importlib.metadata import PackageNotFoundError, version
from pip._vendor.packaging.requirements import Requirement

installing = {Requirement(line).name for line in sys.argv[2:]}
for line in map(str.strip, open(sys.argv[1], encoding='utf-8')):
    if not line or line.startswith('#'):
        continue
    name = Requirement(line).name
    try:
        if name not in installing and '==' in line:
            line = f'{name}=={version(name)}'
    except PackageNotFoundError:
        pass
    print(line)
PY
}

# pip, silent unless it fails (a person sees its progress), and without the
# conflicts it reports for what mmpose lists and never uses.
pip_install() {
    local log status=0
    set -- "$PYTHON" -m pip --disable-pip-version-check --no-input install \
        --no-warn-conflicts "$@"
    if [ -t 1 ]; then
        "$@"
        return
    fi
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [ $status -eq 0 ] || tail -n 60 "$log" >&2
    rm -f "$log"
    return $status
}

# pip_install_constrained REQUIREMENT... [-- PIP_OPTION...]
pip_install_constrained() {
    local wanted=() constraints status=0
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    [ $# -eq 0 ] || shift
    constraints=$(mktemp)
    write_constraints "$constraints" "${wanted[@]}"
    pip_install -c "$constraints" "$@" "${wanted[@]}" || status=$?
    rm -f "$constraints"
    return $status
}

# install_missing REQUIREMENT_FILE...
install_missing() {
    local lines
    lines=$(missing "$@")
    [ -n "$lines" ] || return 0
    if grep -q '^torch' <<<"$lines"; then
        die "this environment's torch is too old for mmarts (${lines//$'\n'/, })"
    fi
    install_lines "$lines"
}

# install_lines TEXT: one requirement a line.
install_lines() {
    local requirements=()
    # Not mapfile: macOS still has bash 3.2.
    IFS=$'\n' read -r -d '' -a requirements <<<"$1" || true
    say "installing ${requirements[*]}"
    pip_install_constrained "${requirements[@]}"
}

cpu_index_reachable() {
    timeout 4 "$PYTHON" -c \
        "import urllib.request as r; r.urlopen('$CPU_INDEX/torch/', timeout=3)" \
        >/dev/null 2>&1
}

install_torch() {
    local options=() spec
    if "$PYTHON" -c 'from importlib.metadata import version as v; v("torch")' \
        >/dev/null 2>&1; then
        return 0
    fi
    if [ -n "${MMARTS_TORCH:-}" ]; then
        say "installing $MMARTS_TORCH (MMARTS_TORCH)"
        # Unquoted on purpose: it may hold pip options.
        # shellcheck disable=SC2086
        pip_install $MMARTS_TORCH
        return 0
    fi
    # A CUDA build where there is an NVIDIA driver: the registry's own wheel.
    # Elsewhere the registry's Linux wheel may still be the CUDA one (several
    # GB), so PyTorch's CPU index is asked as well, when it answers; its
    # "+cpu" sorts above the plain version. Offline the pin alone decides.
    if nvidia-smi >/dev/null 2>&1; then
        say 'installing torch with CUDA (nvidia-smi answers)'
        pip_install torch
        return 0
    fi
    spec=$(grep '^torch==' "$MMARTS_ROOT/requirements/constraints.txt")
    if [ "$(uname -s)" = Linux ] && cpu_index_reachable; then
        options=(--extra-index-url "$CPU_INDEX")
    fi
    say "installing $spec for the CPU"
    pip_install_constrained "$spec" -- ${options[@]+"${options[@]}"}
}

# The checkout itself, so that `.venv/bin/python` and `mmarts-demo` find it.
install_checkout() {
    if "$PYTHON" -c 'from importlib.metadata import version; version("mmarts")' \
        >/dev/null 2>&1; then
        return 0
    fi
    say 'installing mmarts itself (editable)'
    pip_install --no-deps --no-build-isolation --editable "$MMARTS_ROOT"
}

# use_env GROUP...: an environment with runtime and requirements/GROUP.txt.
use_env() {
    local group lacking began=$SECONDS
    local files=("$MMARTS_ROOT/requirements/runtime.txt")
    for group in "$@"; do
        files+=("$MMARTS_ROOT/requirements/$group.txt")
    done
    [ -x "$PYTHON" ] || make_venv
    python_fits "$PYTHON" ||
        die "$PYTHON is $("$PYTHON" --version 2>&1); mmarts needs 3.11-3.13"
    "$PYTHON" -c 'import pip' >/dev/null 2>&1 ||
        "$PYTHON" -m ensurepip >/dev/null ||
        die "$MMARTS_VENV has no pip; remove that folder and run this again"

    # This checkout first, whatever mmarts the environment has.
    export PYTHONPATH=$MMARTS_ROOT${PYTHONPATH:+:$PYTHONPATH}
    export PATH=$MMARTS_VENV/bin:$PATH
    lacking=$(missing "${files[@]}")
    if [ -z "$lacking" ]; then
        install_checkout
        say "environment $MMARTS_VENV is complete, nothing to install"
        return 0
    fi
    install_torch
    install_missing "${files[@]}"
    install_checkout
    say "environment $MMARTS_VENV is ready ($((SECONDS - began)) s)"
}

# ---- mmpose and mmdet: see tools/install_openmmlab.sh ----------------------

# These go in with --no-deps; the rest of the list is what they really use.
NO_DEPS='^(mmpose|mmdet|xtcocotools)=='

# The registry's wheels are built against numpy 1 and do not load with numpy 2.
# No isolation: the numpy at hand is the one to fit. No cache: a wheel in it
# may have been built for another numpy.
build_xtcocotools() {
    local shim status=0
    shim=$(mktemp -d)
    # Its setup.py reads the version by `exec` into `locals()`, which Python
    # 3.13 no longer allows (PEP 667): lend it the names for this one build.
    if "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 13))'; then
        cat >"$shim/sitecustomize.py" <<PY
import builtins
import sys

NAMES = dict.fromkeys(('__version__', 'short_version'), '${1##*==}')
builtins.locals = lambda: {**NAMES, **sys._getframe(1).f_locals}
PY
    fi
    PYTHONPATH=$shim pip_install --no-deps --no-build-isolation \
        --no-cache-dir --no-binary xtcocotools "$1" || status=$?
    rm -rf "$shim"
    return $status
}

install_openmmlab() {
    local list=$MMARTS_ROOT/requirements/openmmlab.txt lines alone
    lines=$(missing "$list")
    if [ -z "$lines" ]; then
        say 'mmpose, mmdet and xtcocotools are there'
        return 0
    fi

    lines=$(grep -Ev "$NO_DEPS" <<<"$lines" || true)
    [ -z "$lines" ] || install_lines "$lines"

    alone=$(missing "$list" | grep -E '^xtcocotools==' || true)
    if [ -n "$alone" ]; then
        command -v "${CC:-gcc}" >/dev/null ||
            die "$alone is built here and needs a C compiler (gcc)"
        say "building $alone against the installed numpy"
        build_xtcocotools "$alone"
    fi

    alone=$(missing "$list" | grep -E "$NO_DEPS" || true)
    if [ -n "$alone" ]; then
        say "installing ${alone//$'\n'/ } without their dependency lists"
        # Unquoted on purpose: one "name==version" a line.
        # shellcheck disable=SC2086
        pip_install --no-deps $alone
    fi
    "$PYTHON" -c 'import xtcocotools.mask' ||
        die 'xtcocotools does not import; the lines above say why'
}
