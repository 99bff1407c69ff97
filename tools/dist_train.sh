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
CONFIG=$1
shift
NPROC=${NPROC:-2}
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    NPROC=$1
    shift
fi
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}
# torchrun would set 1 and warn; the same, silently.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --nproc_per_node="$NPROC" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${MASTER_PORT:-29500}" \
    "$ROOT/tools/train.py" "$CONFIG" --launcher pytorch "$@"
