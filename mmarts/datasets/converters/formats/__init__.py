# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Readers of file formats that several datasets use."""
