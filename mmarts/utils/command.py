# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How a command-line tool ends."""
import os
from typing import Callable


def run_or_exit(main: Callable[[], None]) -> None:
    """Run a command; a mistake of the user's is one line, not a trace.

    ``MMARTS_DEBUG=1`` shows the trace.
    """
    try:
        main()
    except (FileNotFoundError, ImportError, ValueError, KeyError) as error:
        if os.environ.get('MMARTS_DEBUG'):
            raise
        # Keys are quoted by `str`.
        text = error.args[0] if isinstance(error, KeyError) else error
        raise SystemExit(f'error: {text}\n(MMARTS_DEBUG=1 shows where)')
