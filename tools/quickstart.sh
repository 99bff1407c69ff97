#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# From a fresh machine to a trained model and a video with its meshes: makes
# .venv, trains a small model on the motions that ship, tests it, runs the
# video demo with its weights, compares it with simple baselines.
#
#   bash tools/quickstart.sh
#   MMARTS_VENV=/path/to/env bash tools/quickstart.sh     # another .venv
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"

CONFIG=configs/arts/arts-tiny_freemotion.py
WORK_DIR=work_dirs/quickstart
# The short schedule; other options of tools/train.py may stand there as well.
read -r -a TRAIN_OPTIONS <<<"${MMARTS_TRAIN_OPTIONS:---max-iters 1600}"

step() { printf '\n[mmarts] == %s  (%d s) ==\n' "$1" "$SECONDS"; }

last_checkpoint() {
    local note=$WORK_DIR/last_checkpoint
    [ -s "$note" ] || die "training wrote no checkpoint to $WORK_DIR"
    cat "$note"
}

# Progress shows at once, also through a pipe.
export PYTHONUNBUFFERED=1
cd "$MMARTS_ROOT"
step '1/5 environment'
use_env
device=$(python -c 'import torch
print(torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU")')
say "device: $device"
began=$SECONDS

step "2/5 train $CONFIG"
# An older run's note must not pass for this run's checkpoint.
rm -f "$WORK_DIR/last_checkpoint"
python tools/train.py "$CONFIG" --work-dir "$WORK_DIR" \
    ${TRAIN_OPTIONS[@]+"${TRAIN_OPTIONS[@]}"}
CHECKPOINT=$(last_checkpoint)

step '3/5 test'
python tools/test.py "$CONFIG" "$CHECKPOINT" --work-dir "$WORK_DIR" \
    --out "$WORK_DIR/test.json"

step '4/5 video demo'
python demo/video_demo.py demo/cam03.mp4 --checkpoint "$CHECKPOINT" \
    --out-dir "$WORK_DIR/demo"

# Last, so that its table ends the output.
step '5/5 baselines'
python tools/baselines.py "$CONFIG" --work-dir "$WORK_DIR"

step 'done'
say "checkpoint  $CHECKPOINT"
say "test        $WORK_DIR/test.json"
for path in "$WORK_DIR"/demo/*; do
    say "demo        $path"
done
say 'on videos of your own the weights that ship do better:'
say '            python demo/video_demo.py VIDEO'
say "run time $((SECONDS - began)) s, with the set-up $SECONDS s"
