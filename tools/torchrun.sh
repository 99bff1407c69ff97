#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Sourced by dist_train.sh and dist_test.sh, which say what the variables are.
set -euo pipefail

# run_distributed TOOL COUNT ARGUMENTS: the first COUNT arguments are the
# tool's own, then perhaps the number of processes, then options.
run_distributed() {
    local tool=$1 count=$2 root nproc=${NPROC:-2}
    shift 2
    local own=("${@:1:count}")
    shift "$count"
    if [[ ${1:-} =~ ^[0-9]+$ ]]; then
        nproc=$1
        shift
    fi
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    export PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
    # torchrun would set 1 and warn; the same, silently.
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
    exec "${PYTHON:-python}" -m torch.distributed.run \
        --nnodes="${NNODES:-1}" \
        --node_rank="${NODE_RANK:-0}" \
        --nproc_per_node="$nproc" \
        --master_addr="${MASTER_ADDR:-127.0.0.1}" \
        --master_port="${MASTER_PORT:-29500}" \
        "$root/tools/$tool" "${own[@]}" --launcher pytorch "$@"
}
