# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Writes files in joblib's format (0.10 to 1.5), without joblib."""
import pickle
import sys
from types import ModuleType

import numpy as np
import pytest

_MODULE = 'joblib.numpy_pickle'


class NumpyArrayWrapper:
    """What stands in the pickle for an array; its bytes follow."""

    __module__ = _MODULE

    def __init__(self, array, align):
        self.subclass, self.shape = type(array), array.shape
        columns = array.flags.f_contiguous and not array.flags.c_contiguous
        self.order, self.dtype = 'F' if columns else 'C', array.dtype
        self.allow_mmap = not array.dtype.hasobject
        if align:  # since joblib 1.2
            self.numpy_array_alignment_bytes = 16


class _Pickler(pickle._Pickler):

    def __init__(self, file, protocol, align):
        super().__init__(file, protocol)
        self.file, self.align = file, align

    def save(self, obj, save_persistent_id=True):
        if type(obj) is not np.ndarray:
            super().save(obj, save_persistent_id)
            return
        wrapper = NumpyArrayWrapper(obj, self.align)
        super().save(wrapper)
        if self.proto >= 4:
            self.framer.commit_frame(force=True)
        if obj.dtype.hasobject:
            pickle.dump(obj, self.file, protocol=2)
            return
        if self.align:
            count = 16 - (self.file.tell() + 1) % 16
            self.file.write(bytes([count]) + b'\xff' * count)
        self.file.write(obj.tobytes(wrapper.order))


def write_joblib(path, content, protocol=4, align=True):
    """``joblib.dump(content, path, protocol=protocol)``."""
    package, module = ModuleType('joblib'), ModuleType(_MODULE)
    package.numpy_pickle = module
    module.NumpyArrayWrapper = NumpyArrayWrapper
    with pytest.MonkeyPatch.context() as patch, open(path, 'wb') as file:
        patch.setitem(sys.modules, 'joblib', package)
        patch.setitem(sys.modules, _MODULE, module)
        _Pickler(file, protocol, align).dump(content)
    return path
