# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""The annotation format: one memory-mapped file a split."""
from .annotation_file import SUFFIX, AnnotationFile
from .annotation_writer import AnnotationWriter, write_annotations

__all__ = ['SUFFIX', 'AnnotationFile', 'AnnotationWriter', 'write_annotations']
