# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Pure functions on tensors; imports only torch and roma."""
