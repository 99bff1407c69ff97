# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""What a network is compared with, and the table that shows it."""
