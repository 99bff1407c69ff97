#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Trains under Slurm, one task a GPU.
#
#   bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG [options of train.py]
#
#   GPUS, GPUS_PER_NODE, CPUS_PER_TASK, SRUN_ARGS   what to ask Slurm for
#   PYTHON                                          default: python
set -euo pipefail

if [ $# -lt 3 ]; then
    sed -n '4,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
PARTITION=$1
JOB_NAME=$2
CONFIG=$3
shift 3
GPUS=${GPUS:-8}
GPUS_PER_NODE=${GPUS_PER_NODE:-8}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONPATH=$ROOT${PYTHONPATH:+:$PYTHONPATH}

# SRUN_ARGS unquoted on purpose: it holds several options.
# shellcheck disable=SC2086
exec srun --partition="$PARTITION" \
    --job-name="$JOB_NAME" \
    --gres="gpu:$GPUS_PER_NODE" \
    --ntasks="$GPUS" \
    --ntasks-per-node="$GPUS_PER_NODE" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    "${PYTHON:-python}" -u "$ROOT/tools/train.py" "$CONFIG" \
    --launcher slurm "$@"
