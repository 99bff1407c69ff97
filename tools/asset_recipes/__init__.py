# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Recipes that rebuild the files of ``mmarts/assets``."""
