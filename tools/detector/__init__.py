# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""How a 2D detector errs on rendered bodies: pictures, measurement, fit."""
