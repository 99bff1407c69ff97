#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Trains with several processes on one machine (or several, see below): one a
# GPU, or NPROC on the CPU (gloo).
#
#   bash tools/dist_train.sh CONFIG [NPROC] [options of tools/train.py]
#
#   NNODES, NODE_RANK, MASTER_ADDR, MASTER_PORT   several machines
#   PYTHON                                        default: python
set -euo pipefail

if [ $# -lt 1 ]; then
    sed -n '4,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
source "$(dirname "${BASH_SOURCE[0]}")/torchrun.sh"
run_distributed train.py 1 "$@"
