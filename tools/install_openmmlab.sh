#!/usr/bin/env bash
# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
#
# Installs mmpose, mmdet and xtcocotools (the extra `mmarts[openmmlab]`)
# without compiling mmcv and without torchvision and chumpy, which their
# lists name and which mmarts does not need. Needs a C compiler, ten seconds.
#
#   bash tools/install_openmmlab.sh
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
use_env
install_openmmlab
