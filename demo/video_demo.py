# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Human bodies from a video; see ``--help``."""
import sys

from mmarts.apis.demo_cli import main

if __name__ == '__main__':
    sys.exit(main())
