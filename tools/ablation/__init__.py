# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Parts of tools/ablate.py."""
