# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The authors' protocol beside one without its oddities."""
from .protocol_metrics import (PaddedAccelError, ProtocolAccelError,
                               ProtocolJointError, ProtocolVertexError)
from .release_windows import ReleaseWindows, release_starts

__all__ = [
    'PaddedAccelError', 'ProtocolAccelError', 'ProtocolJointError',
    'ProtocolVertexError', 'ReleaseWindows', 'release_starts'
]
