# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Coarser meshes of a body."""
