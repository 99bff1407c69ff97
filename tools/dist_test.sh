#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Tests with several processes: one a GPU, or NPROC on the CPU (gloo).
#
#   bash tools/dist_test.sh CONFIG CHECKPOINT [NPROC] [options of test.py]
#
#   NNODES, NODE_RANK, MASTER_ADDR, MASTER_PORT   several machines
#   PYTHON                                        default: python
set -euo pipefail

if [ $# -lt 2 ]; then
    sed -n '4,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
source "$(dirname "${BASH_SOURCE[0]}")/torchrun.sh"
run_distributed test.py 2 "$@"
