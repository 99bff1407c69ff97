# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Import of packages that only some paths of mmarts need."""
import importlib
from types import ModuleType

# Not `pip install mmarts[openmmlab]`: the lists of mmpose and mmdet ask for
# torchvision and chumpy, which do not import beside a current numpy.
OPENMMLAB_COMMAND = 'bash tools/install_openmmlab.sh'


def import_optional(name: str, command: str = OPENMMLAB_COMMAND) -> ModuleType:
    """Import a module, or say which command installs what is missing.

    Args:
        name: Dotted name, such as ``'mmpose.models'``.
        command: Shell command that installs the package.

    Raises:
        ImportError: The package, or one that it imports, is not installed.
            Other failures inside it are passed on as they are.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name.partition('.')[0]:
            reason = f'"{error.name}" is not installed'
        else:
            reason = f'"{name}" needs "{error.name}", which is not installed'
        raise ImportError(
            f'{reason}; install it with: {command}',
            name=error.name) from error
